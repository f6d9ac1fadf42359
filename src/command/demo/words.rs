//! Names and sentences of the demo. The people are made up.
//!
//! **Invariant:** no sentence promises a cure, and none speaks of a patient.

/// A language with given names and family names that often go with it.
pub struct Names {
    /// BCP 47; `en` stands for no language besides.
    pub language: &'static str,
    /// Given names.
    pub given: &'static [&'static str],
    /// Family names.
    pub family: &'static [&'static str],
    /// How often.
    pub weight: u64,
}

/// Who lives there.
pub const NAMES: &[Names] = &[
    Names {
        language: "en",
        given: &[
            "Alice", "Morgan", "Hannah", "Theo", "Ruth", "Caleb", "June", "Rowan", "Clara", "Miles",
            "Esther", "Wyatt", "Nell", "Imogen", "Silas", "Beth", "Harriet", "Owen", "Maeve", "Graham",
        ],
        family: &[
            "Whitfield",
            "Carter",
            "O'Brien",
            "Hayes",
            "Lindqvist",
            "Archer",
            "Doyle",
            "Prescott",
            "Ellison",
            "Marsh",
            "Thorne",
            "Calloway",
            "Fletcher",
            "Byrne",
            "Hollis",
            "Winslow",
            "MacLeod",
            "Sutton",
        ],
        weight: 40,
    },
    Names {
        language: "es",
        given: &["Lucía", "Mateo", "Inés", "Rafael", "Paloma", "Joaquín", "Marisol", "Andrés", "Xiomara"],
        family: &["Reyes", "Ibáñez", "Castillo", "Navarro", "Peña", "Quintero", "Salazar", "de la Cruz"],
        weight: 18,
    },
    Names {
        language: "zh",
        given: &["Mei", "Wei", "Lian", "Jun", "Xiu", "Ming", "Yan"],
        family: &["Chen", "Lin", "Huang", "Zhao", "Wu", "Li", "Xu"],
        weight: 8,
    },
    Names {
        language: "vi",
        given: &["Linh", "Minh", "Thảo", "Quân", "Hạnh", "Tuấn"],
        family: &["Nguyễn", "Trần", "Lê", "Phạm", "Đặng"],
        weight: 5,
    },
    Names {
        language: "ko",
        given: &["Ji-woo", "Min-jun", "Seo-yeon", "Hana", "Tae-hyun"],
        family: &["Kim", "Park", "Choi", "Jung", "Kang"],
        weight: 4,
    },
    Names {
        language: "ja",
        given: &["Aiko", "Haruki", "Yumi", "Kenji", "Sora"],
        family: &["Tanaka", "Mori", "Ishikawa", "Fujita", "Okada"],
        weight: 4,
    },
    Names {
        language: "ar",
        given: &["Layla", "Omar", "Samira", "Yusuf", "Noor", "Karim"],
        family: &["Haddad", "Khoury", "al-Masri", "Nasser", "Aziz"],
        weight: 5,
    },
    Names {
        language: "hi",
        given: &["Priya", "Arjun", "Meera", "Rohan", "Anjali", "Dev"],
        family: &["Sharma", "Iyer", "Kapoor", "Desai", "Menon"],
        weight: 6,
    },
    Names {
        language: "fr",
        given: &["Amélie", "Étienne", "Solange", "Luc", "Noémie"],
        family: &["Moreau", "Lefèvre", "Dubois", "Gagnon", "Tremblay"],
        weight: 5,
    },
    Names {
        language: "de",
        given: &["Anneliese", "Jonas", "Sabine", "Matthias", "Greta"],
        family: &["Weiß", "Schröder", "Baumgartner", "Köhler", "Vogel"],
        weight: 5,
    },
    Names {
        language: "pt",
        given: &["Beatriz", "João", "Luana", "Tiago"],
        family: &["Almeida", "Ferreira", "Magalhães", "Gonçalves"],
        weight: 4,
    },
    Names {
        language: "ru",
        given: &["Irina", "Mikhail", "Vera", "Anton"],
        family: &["Sokolova", "Petrov", "Lebedev", "Orlova"],
        weight: 3,
    },
    Names {
        language: "tl",
        given: &["Marikit", "Jose", "Ligaya", "Ramon"],
        family: &["Santos", "Bautista", "Dela Cruz", "Mercado"],
        weight: 4,
    },
    Names {
        language: "en",
        given: &["Amara", "Kwame", "Zora", "Chidi", "Imani", "Malik", "Nia", "Adaeze"],
        family: &["Okafor", "Mensah", "Washington", "Adeyemi", "Baptiste", "Freeman", "Owusu"],
        weight: 12,
    },
    Names {
        language: "en",
        given: &["Kai", "Winona", "Talia", "Keoni", "Leilani", "Aiyana"],
        family: &["Begay", "Kealoha", "Whitehorse", "Kahananui", "Redbird"],
        weight: 3,
    },
];

/// What practices are called; `{}` is the town.
pub const PRACTICES: &[&str] = &[
    "Stillwater Bodywork",
    "{} Hands-On Care",
    "Quiet Tide Studio",
    "The Cedar Room",
    "Northlight Clinic",
    "{} Integrative Therapy",
    "Fern & Stone Practice",
    "Long Breath Studio",
    "Harbor Light Bodywork",
    "Common Ground Clinic",
    "The Listening Room",
    "{} Manual Therapy",
];

/// Streets.
pub const STREETS: &[&str] = &[
    "Main Street",
    "Oak Street",
    "Park Avenue",
    "Maple Avenue",
    "Church Street",
    "Mill Road",
    "River Road",
    "Station Road",
    "Hill Street",
    "Garden Lane",
    "Market Street",
    "Elm Street",
    "Lake Drive",
];

/// How somebody introduces themself, in three sentences: first, second, third.
pub const BIOS: [&[&str]; 3] = [
    &[
        "I came to this work after ten years in a hospital.",
        "I have a small practice with one room and plenty of time.",
        "Most of my day goes to people who have hurt for a long time.",
        "I trained in both conventional and hands-on care.",
        "I share a practice with two colleagues of other professions.",
    ],
    &[
        "You stay dressed, lie on a table, and I use very light touch.",
        "A first visit begins with a talk about what you hope for and what your doctor says.",
        "Sessions are quiet; we stop whenever you wish.",
        "I explain every step before I take it.",
    ],
    &[
        "I cannot promise a result, and I say so when something belongs to a doctor.",
        "Please bring the list of medicines you take.",
        "If after three sessions nothing has changed, I will tell you to look elsewhere.",
        "I work together with your doctor where you want that.",
        "",
    ],
];
