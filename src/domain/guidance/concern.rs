//! What people come with: a code list, each with what is known about it.
//!
//! **Invariant:** a code, once published, keeps its meaning; practitioners
//! carry it in their records and searches carry it in their addresses.

use serde::Serialize;

use super::{
    Statement,
    source::{
        BROUGH_2015, CEBALLOS_2024, CLEVELAND_2017, ELDEN_2013, HALLER_2016, HALLER_2020, HALLER_2021,
        JAEKEL_2012,
    },
};

/// Something people look for help with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Concern {
    /// Stable code, as in `concern=` of a search.
    pub code: &'static str,
    /// Short name.
    pub label: &'static str,
    /// What is meant, in plain language.
    pub description: &'static str,
    /// What is and is not known about the therapy for it.
    pub evidence: Statement,
}

/// The concern with that code.
#[must_use]
pub fn concern(code: &str) -> Option<&'static Concern> {
    CONCERNS.iter().find(|concern| concern.code == code)
}

/// All of them, in the order they are listed.
pub static CONCERNS: [Concern; 14] = [
    Concern {
        code: "headache",
        label: "Headache",
        description: "Headaches that keep coming back, such as tension headaches.",
        evidence: Statement {
            code: "evidence_headache",
            text: "Reviews disagree: one that pooled trials on several kinds of chronic pain, headache among them, found small to moderate short-term relief, while a later one found no meaningful change in headache disorders. See a doctor first about a headache that is new, sudden or getting worse.",
            sources: &[&HALLER_2020, &CEBALLOS_2024],
        },
    },
    Concern {
        code: "migraine",
        label: "Migraine",
        description: "Attacks of headache, often on one side, with nausea or with sensitivity to light and sound.",
        evidence: Statement {
            code: "evidence_migraine",
            text: "The trials are few and small. One review counted migraine among the chronic pains that eased somewhat; a later one found no benefit in headache disorders.",
            sources: &[&HALLER_2020, &CEBALLOS_2024],
        },
    },
    Concern {
        code: "neck_pain",
        label: "Neck pain",
        description: "Pain or stiffness of the neck that has lasted for weeks or longer.",
        evidence: Statement {
            code: "evidence_neck_pain",
            text: "In one trial 54 people with chronic neck pain received eight weekly sessions or a light-touch sham; those who had the therapy reported less pain, also three months later. It is a single small trial, and a later review of all trials found no benefit for neck pain.",
            sources: &[&HALLER_2016, &CEBALLOS_2024],
        },
    },
    Concern {
        code: "back_pain",
        label: "Back pain",
        description: "Pain of the lower or upper back without a known injury or illness behind it.",
        evidence: Statement {
            code: "evidence_back_pain",
            text: "Back pain was among the conditions in which a review of ten trials found some short-term relief; a later review found no meaningful change in low back pain.",
            sources: &[&HALLER_2020, &CEBALLOS_2024],
        },
    },
    Concern {
        code: "chronic_pain",
        label: "Chronic pain",
        description: "Pain that has lasted for more than three months, wherever it is felt.",
        evidence: Statement {
            code: "evidence_chronic_pain",
            text: "Ten trials with 681 people, pooled in 2019, showed less pain and disability than usual care or a sham, for up to six months; the effects were small to moderate. A review in 2024 judged most trials to be at high risk of bias and found no benefit.",
            sources: &[&HALLER_2020, &CEBALLOS_2024],
        },
    },
    Concern {
        code: "complex_regional_pain_syndrome",
        label: "Complex regional pain syndrome",
        description: "Severe, lasting pain of an arm or a leg, mostly after an injury, with changes of skin, warmth or movement.",
        evidence: Statement {
            code: "evidence_complex_regional_pain_syndrome",
            text: "Hospitals that offer the therapy name this syndrome among the reasons people come, but the reviews cited here contain no trial of it. It needs medical treatment first of all.",
            sources: &[&CLEVELAND_2017, &HALLER_2020, &CEBALLOS_2024],
        },
    },
    Concern {
        code: "fibromyalgia",
        label: "Fibromyalgia",
        description: "Widespread pain with tiredness and poor sleep.",
        evidence: Statement {
            code: "evidence_fibromyalgia",
            text: "Trials of fibromyalgia were part of the review that found some relief in chronic pain; a later review found no benefit for fibromyalgia.",
            sources: &[&HALLER_2020, &CEBALLOS_2024],
        },
    },
    Concern {
        code: "jaw_pain",
        label: "Jaw pain",
        description: "Pain or tension of the jaw joint and the muscles used for chewing.",
        evidence: Statement {
            code: "evidence_jaw_pain",
            text: "Jaw complaints are often named as a reason for coming; the reviews cited here do not show whether the therapy helps with them.",
            sources: &[&CLEVELAND_2017, &CEBALLOS_2024],
        },
    },
    Concern {
        code: "elbow_pain",
        label: "Elbow pain",
        description: "Pain on the outside of the elbow, often called tennis elbow.",
        evidence: Statement {
            code: "evidence_elbow_pain",
            text: "Tennis elbow was one of the conditions in the pooled trials of chronic pain; for this condition by itself too little is known.",
            sources: &[&HALLER_2020],
        },
    },
    Concern {
        code: "pelvic_girdle_pain",
        label: "Pelvic girdle pain",
        description: "Pain around the pelvis, most often during pregnancy.",
        evidence: Statement {
            code: "evidence_pelvic_girdle_pain",
            text: "In one trial with 123 pregnant women, those who had the therapy besides standard care reported somewhat less pain in the morning and better function at the end; a later review found no meaningful benefit. Ask your midwife or doctor before booking during pregnancy.",
            sources: &[&ELDEN_2013, &CEBALLOS_2024],
        },
    },
    Concern {
        code: "muscle_tension",
        label: "Muscle tension",
        description: "Tight, sore muscles or a body that does not seem to let go.",
        evidence: Statement {
            code: "evidence_muscle_tension",
            text: "People who have had sessions often speak of feeling looser and more relaxed. Such reports do not show whether it was the therapy that made the difference.",
            sources: &[&BROUGH_2015, &HALLER_2021],
        },
    },
    Concern {
        code: "stress",
        label: "Stress",
        description: "Feeling under strain, restless or worn out.",
        evidence: Statement {
            code: "evidence_stress",
            text: "In interviews many people described calm and a better sense of their own body. There is no good comparison with simply resting for an hour.",
            sources: &[&BROUGH_2015, &JAEKEL_2012],
        },
    },
    Concern {
        code: "anxiety",
        label: "Anxiety",
        description: "Worry or fear that gets in the way of daily life.",
        evidence: Statement {
            code: "evidence_anxiety",
            text: "Anxiety was a side question in a trial on neck pain and was somewhat lower after the therapy than after a sham. That is too little to rely on, and no replacement for treatment of an anxiety disorder.",
            sources: &[&HALLER_2016],
        },
    },
    Concern {
        code: "sleep_difficulty",
        label: "Difficulty sleeping",
        description: "Trouble falling asleep, or waking and not getting back to sleep.",
        evidence: Statement {
            code: "evidence_sleep_difficulty",
            text: "Some people report resting better after sessions; an uncontrolled study recorded better quality of life over time. Whether the therapy itself improves sleep is not known.",
            sources: &[&HALLER_2021, &JAEKEL_2012],
        },
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_finds_its_concern() {
        for each in &CONCERNS {
            assert_eq!(concern(each.code), Some(each));
            assert_eq!(each.evidence.code, format!("evidence_{}", each.code));
        }
        assert_eq!(concern("Headache"), None);
        assert_eq!(concern(""), None);
    }
}
