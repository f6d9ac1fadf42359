//! What the texts rest on: studies, reviews, registers.
//!
//! **Invariant:** a source is listed in [`ALL`] exactly when some text cites it.

use serde::Serialize;

/// Something published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Source {
    /// Stable code.
    pub code: &'static str,
    /// As published.
    pub title: &'static str,
    /// Family names and initials; for a body, its name.
    pub authors: &'static str,
    /// Of publication or last revision, where it says.
    pub year: Option<u16>,
    /// Journal with volume and pages, or the site.
    pub publication: &'static str,
    /// Digital object identifier, without a resolver.
    pub doi: Option<&'static str>,
    /// Where to read it, or its record.
    pub url: &'static str,
}

/// Pooled ten randomised trials on chronic pain.
pub static HALLER_2020: Source = Source {
    code: "haller_2020",
    title: "Craniosacral therapy for chronic pain: a systematic review and meta-analysis of randomized controlled trials",
    authors: "Haller H, Lauche R, Sundberg T, Dobos G, Cramer H",
    year: Some(2020),
    publication: "BMC Musculoskeletal Disorders 21:1 (online 31 December 2019)",
    doi: Some("10.1186/s12891-019-3017-y"),
    url: "https://doi.org/10.1186/s12891-019-3017-y",
};

/// Followed 220 patients without a comparison group.
pub static HALLER_2021: Source = Source {
    code: "haller_2021",
    title: "The use and benefits of Craniosacral Therapy in primary health care: A prospective cohort study",
    authors: "Haller H, Dobos G, Cramer H",
    year: Some(2021),
    publication: "Complementary Therapies in Medicine 58:102702",
    doi: Some("10.1016/j.ctim.2021.102702"),
    url: "https://doi.org/10.1016/j.ctim.2021.102702",
};

/// Found no benefit in any condition it looked at.
pub static CEBALLOS_2024: Source = Source {
    code: "ceballos_laita_2024",
    title: "Is Craniosacral Therapy Effective? A Systematic Review and Meta-Analysis",
    authors: "Ceballos-Laita L, Ernst E, Carrasco-Uribarren A, Cabanillas-Barea S, Esteban-Pérez J, Jiménez-del-Barrio S",
    year: Some(2024),
    publication: "Healthcare 12(6):679",
    doi: Some("10.3390/healthcare12060679"),
    url: "https://pmc.ncbi.nlm.nih.gov/articles/PMC10970181/",
};

/// Asked whether examiners agree with each other and with themselves.
pub static GUILLAUD_2016: Source = Source {
    code: "guillaud_2016",
    title: "Reliability of Diagnosis and Clinical Efficacy of Cranial Osteopathy: A Systematic Review",
    authors: "Guillaud A, Darbois N, Monvoisin R, Pinsault N",
    year: Some(2016),
    publication: "PLoS ONE 11(12):e0167823",
    doi: Some("10.1371/journal.pone.0167823"),
    url: "https://doi.org/10.1371/journal.pone.0167823",
};

/// An earlier review: some positive findings of low quality.
pub static JAEKEL_2012: Source = Source {
    code: "jaekel_2012",
    title: "A systematic review to evaluate the clinical benefits of craniosacral therapy",
    authors: "Jäkel A, von Hauenschild P",
    year: Some(2012),
    publication: "Complementary Therapies in Medicine 20(6):456-465",
    doi: Some("10.1016/j.ctim.2012.07.009"),
    url: "https://doi.org/10.1016/j.ctim.2012.07.009",
};

/// One trial on chronic neck pain against a sham treatment.
pub static HALLER_2016: Source = Source {
    code: "haller_2016",
    title: "Craniosacral Therapy for the Treatment of Chronic Neck Pain: A Randomized Sham-controlled Trial",
    authors: "Haller H, Lauche R, Cramer H, Rampp T, Saha FJ, Ostermann T, Dobos G",
    year: Some(2016),
    publication: "The Clinical Journal of Pain 32(5):441-449",
    doi: Some("10.1097/AJP.0000000000000290"),
    url: "https://pmc.ncbi.nlm.nih.gov/articles/PMC4894825/",
};

/// One trial on pelvic girdle pain in pregnancy.
pub static ELDEN_2013: Source = Source {
    code: "elden_2013",
    title: "Effects of craniosacral therapy as adjunct to standard treatment for pelvic girdle pain in pregnant women: a multicenter, single blind, randomized controlled trial",
    authors: "Elden H, Östgaard HC, Glantz A, Marciniak P, Linnér AC, Fagevik Olsén M",
    year: Some(2013),
    publication: "Acta Obstetricia et Gynecologica Scandinavica 92(7):775-782",
    doi: Some("10.1111/aogs.12096"),
    url: "https://doi.org/10.1111/aogs.12096",
};

/// Interviews with 29 people about what they felt.
pub static BROUGH_2015: Source = Source {
    code: "brough_2015",
    title: "Perspectives on the effects and mechanisms of craniosacral therapy: A qualitative study of users’ views",
    authors: "Brough N, Lindenmeyer A, Thistlethwaite J, Lewith G, Stewart-Brown S",
    year: Some(2015),
    publication: "European Journal of Integrative Medicine 7(2):172-183",
    doi: Some("10.1016/j.eujim.2014.10.003"),
    url: "https://wrap.warwick.ac.uk/69870/",
};

/// The report that made brain injury a reason to wait.
pub static GREENMAN_1995: Source = Source {
    code: "greenman_1995",
    title: "Cranial findings and iatrogenesis from craniosacral manipulation in patients with traumatic brain syndrome",
    authors: "Greenman PE, McPartland JM",
    year: Some(1995),
    publication: "Journal of the American Osteopathic Association 95(3):182-192",
    doi: None,
    url: "https://pubmed.ncbi.nlm.nih.gov/?term=Greenman+McPartland+1995+craniosacral",
};

/// A hospital's page for patients; the list of contraindications follows it.
pub static CLEVELAND_2017: Source = Source {
    code: "cleveland_clinic_2017",
    title: "Craniosacral Therapy",
    authors: "Cleveland Clinic",
    year: Some(2017),
    publication: "my.clevelandclinic.org (reviewed 29 November 2017)",
    doi: None,
    url: "https://my.clevelandclinic.org/health/treatments/17677-craniosacral-therapy",
};

/// Says itself that its certificate is no licence.
pub static UPLEDGER: Source = Source {
    code: "upledger",
    title: "CranioSacral Therapy certification",
    authors: "Upledger Institute",
    year: None,
    publication: "upledger.co.nz",
    doi: None,
    url: "https://www.upledger.co.nz/certification-2",
};

/// Keeps the title RCST in North America.
pub static BCTA: Source = Source {
    code: "bcta_na",
    title: "Registered Craniosacral Therapist: requirements",
    authors: "Biodynamic Craniosacral Therapy Association of North America",
    year: None,
    publication: "craniosacraltherapy.org",
    doi: None,
    url: "https://www.craniosacraltherapy.org/",
};

/// The boards that license chiropractors.
pub static FCLB: Source = Source {
    code: "fclb",
    title: "Chiropractic licensing boards",
    authors: "Federation of Chiropractic Licensing Boards",
    year: None,
    publication: "fclb.org",
    doi: None,
    url: "https://www.fclb.org/",
};

/// Where a physician's licences can be looked up.
pub static FSMB: Source = Source {
    code: "fsmb_docinfo",
    title: "DocInfo: look up a physician",
    authors: "Federation of State Medical Boards",
    year: None,
    publication: "docinfo.org",
    doi: None,
    url: "https://www.docinfo.org/",
};

/// The boards that license physical therapists.
pub static FSBPT: Source = Source {
    code: "fsbpt",
    title: "Physical therapy licensing authorities",
    authors: "Federation of State Boards of Physical Therapy",
    year: None,
    publication: "fsbpt.org",
    doi: None,
    url: "https://www.fsbpt.org/",
};

/// Certifies occupational therapists; the licence is the state's.
pub static NBCOT: Source = Source {
    code: "nbcot",
    title: "Certification and state regulation of occupational therapy",
    authors: "National Board for Certification in Occupational Therapy",
    year: None,
    publication: "nbcot.org",
    doi: None,
    url: "https://www.nbcot.org/",
};

/// The boards that license massage therapists, and where there are none.
pub static FSMTB: Source = Source {
    code: "fsmtb",
    title: "Regulated states for massage therapy",
    authors: "Federation of State Massage Therapy Boards",
    year: None,
    publication: "fsmtb.org",
    doi: None,
    url: "https://www.fsmtb.org/",
};

/// All of them: studies first, then registers.
pub static ALL: [&Source; 17] = [
    &HALLER_2020,
    &HALLER_2021,
    &CEBALLOS_2024,
    &GUILLAUD_2016,
    &JAEKEL_2012,
    &HALLER_2016,
    &ELDEN_2013,
    &BROUGH_2015,
    &GREENMAN_1995,
    &CLEVELAND_2017,
    &UPLEDGER,
    &BCTA,
    &FCLB,
    &FSMB,
    &FSBPT,
    &NBCOT,
    &FSMTB,
];
