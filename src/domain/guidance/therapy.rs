//! What the therapy is, told honestly: what happens, what is claimed, what is known.
//!
//! **Invariant:** what practitioners say of how it works is told as what they
//! say, beside what studies found; figures carry their uncertainty.

use chrono::NaiveDate;
use serde::Serialize;

use super::{
    LAST_REVIEWED_ON, Statement,
    source::{
        BROUGH_2015, CEBALLOS_2024, CLEVELAND_2017, GREENMAN_1995, GUILLAUD_2016, HALLER_2016, HALLER_2020,
        HALLER_2021, JAEKEL_2012,
    },
};

/// The whole text, by sections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Therapy {
    /// When it was last held against its sources.
    pub last_reviewed_on: NaiveDate,
    /// In reading order.
    pub sections: &'static [Section],
}

/// One question and the statements that answer it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Section {
    /// Stable code.
    pub code: &'static str,
    /// The question as a heading.
    pub title: &'static str,
    /// In reading order.
    pub statements: &'static [Statement],
}

/// What `GET /v1/therapy` answers.
pub static THERAPY: Therapy = Therapy { last_reviewed_on: LAST_REVIEWED_ON, sections: &SECTIONS };

static SECTIONS: [Section; 9] = [
    Section { code: "what_it_is", title: "What it is", statements: &WHAT_IT_IS },
    Section { code: "session", title: "What a session is like", statements: &SESSION },
    Section { code: "sensations", title: "What people report feeling", statements: &SENSATIONS },
    Section { code: "areas", title: "Where the hands are laid", statements: &AREAS },
    Section { code: "rationale", title: "How it is said to work", statements: &RATIONALE },
    Section { code: "evidence", title: "What is and is not known", statements: &EVIDENCE },
    Section {
        code: "safety",
        title: "Who must not have it, or must ask a doctor first",
        statements: &SAFETY,
    },
    Section { code: "not_on_oneself", title: "Why not to try it on oneself", statements: &NOT_ON_ONESELF },
    Section { code: "no_promise", title: "What nobody can promise", statements: &NO_PROMISE },
];

static WHAT_IT_IS: [Statement; 2] = [
    Statement {
        code: "hands_on",
        text: "Craniosacral therapy is a quiet hands-on treatment: a practitioner lays the hands lightly on the head, the spine, the sacrum at its lower end and other parts of the body.",
        sources: &[&CLEVELAND_2017, &HALLER_2020],
    },
    Statement {
        code: "complementary",
        text: "It is a complementary treatment, used beside medical care and not in place of it. People come mostly with pain, tension or strain.",
        sources: &[&CLEVELAND_2017, &HALLER_2021],
    },
];

static SESSION: [Statement; 3] = [
    Statement {
        code: "clothed",
        text: "You lie on a treatment table and stay fully clothed. The practitioner first asks about your health and your reason for coming; that is the moment to mention everything that might matter.",
        sources: &[&CLEVELAND_2017],
    },
    Statement {
        code: "fingertip_pressure",
        text: "The touch is as light as fingertips resting on the skin. Nothing is cracked, stretched hard or kneaded, and nothing should hurt; say so at once if it does.",
        sources: &[&CLEVELAND_2017, &HALLER_2016],
    },
    Statement {
        code: "how_many",
        text: "The number of sessions varies: patients in one study had about seven, give or take as many again, and trials on chronic pain often used about eight, a week apart.",
        sources: &[&HALLER_2021, &HALLER_2016],
    },
];

static SENSATIONS: [Statement; 3] = [
    Statement {
        code: "during",
        text: "People tell of deep relaxation, drowsiness or falling asleep, a dreamlike or meditative state, memories coming up, warmth, or a feeling of floating. Others feel nothing in particular, and both are ordinary.",
        sources: &[&BROUGH_2015, &CLEVELAND_2017],
    },
    Statement {
        code: "afterwards",
        text: "Afterwards some speak of an energised calm, of breathing more deeply or of standing taller; some are tired for a while.",
        sources: &[&BROUGH_2015],
    },
    Statement {
        code: "reports_are_not_effects",
        text: "These are reports from people who chose the therapy. They tell what a session may feel like, not whether a condition will change.",
        sources: &[&BROUGH_2015, &HALLER_2021],
    },
];

static AREAS: [Statement; 2] = [
    Statement {
        code: "head_to_sacrum",
        text: "Most work is done at the head, the neck and the back, along the spine and at the sacrum.",
        sources: &[&CLEVELAND_2017, &HALLER_2016],
    },
    Statement {
        code: "where_it_hurts",
        text: "Joints and muscles in which symptoms are felt may be included.",
        sources: &[&CLEVELAND_2017, &HALLER_2020],
    },
];

static RATIONALE: [Statement; 3] = [
    Statement {
        code: "claim_rhythm",
        text: "Practitioners say that they feel a slow rhythm of the fluid around the brain and spinal cord, and that easing restrictions in the surrounding tissue lets this fluid move freely. This is the traditional explanation, and it is contested.",
        sources: &[&GUILLAUD_2016, &CLEVELAND_2017],
    },
    Statement {
        code: "claim_nervous_system",
        text: "A newer explanation is that calm, light touch settles the part of the nervous system that prepares for strain, so that the body rests. That is plausible of many restful treatments, and has not been shown to be the reason for the effects reported here.",
        sources: &[&HALLER_2020, &BROUGH_2015],
    },
    Statement {
        code: "examiners_disagree",
        text: "A review of 2016 asked whether trained examiners who feel for the rhythm agree with each other, or with themselves a second time. They hardly did, and the review called the diagnostic methods unreliable.",
        sources: &[&GUILLAUD_2016],
    },
];

static EVIDENCE: [Statement; 6] = [
    Statement {
        code: "meta_analysis_pain",
        text: "A review published at the end of 2019 pooled ten randomised trials with 681 people who had chronic pain. After treatment, pain was lower than with usual care by 0.32 standard deviations (95 % confidence interval 0.02 to 0.61), lower than with a sham treatment by 0.63 (0.37 to 0.90), and lower than with other hands-on treatment by 0.53 (0.16 to 0.89). By the usual rule of thumb that is small to moderate.",
        sources: &[&HALLER_2020],
    },
    Statement {
        code: "meta_analysis_disability",
        text: "In the same review, disability in daily life was lower by 0.58 (0.24 to 0.92) than with usual care and by 0.54 (0.28 to 0.81) than with a sham; six months later the differences from a sham were 0.59 (0.19 to 0.99) for pain and 0.53 (0.19 to 0.87) for disability. The authors asked for more and better trials.",
        sources: &[&HALLER_2020],
    },
    Statement {
        code: "cohort",
        text: "A study of 2021 followed 220 patients of craniosacral therapists. On average their main symptom fell by 4.4 points on a numeric scale, and quality of life rose. There was no comparison group and the therapists kept the records themselves, so the change may in part be the natural course, the choice of patients, or hopeful reporting.",
        sources: &[&HALLER_2021],
    },
    Statement {
        code: "review_no_benefit",
        text: "A review of 2024 read fifteen randomised trials, pooled seven of them, and found no benefit in any condition it looked at: headache, neck and back pain, pelvic girdle pain, fibromyalgia, and several conditions of infants and children. It judged most of the trials to be at high risk of bias.",
        sources: &[&CEBALLOS_2024],
    },
    Statement {
        code: "older_reviews",
        text: "Earlier reviews, in 2012 and 2016, found some positive results but too few trials of good quality to draw a firm conclusion.",
        sources: &[&JAEKEL_2012, &GUILLAUD_2016],
    },
    Statement {
        code: "where_that_leaves_us",
        text: "So careful readers of much the same trials disagree. Some relief in chronic pain is possible; it may come from touch, rest and attention as well as from anything special to this therapy.",
        sources: &[&HALLER_2020, &CEBALLOS_2024],
    },
];

static SAFETY: [Statement; 4] = [
    Statement {
        code: "contraindications",
        text: "Do not have a session, or ask a doctor first, if you have or may have blood clots, a recent concussion or other brain injury, swelling of the brain, a brain aneurysm, or a condition in which the fluid around the brain builds up or its pressure is unstable.",
        sources: &[&CLEVELAND_2017],
    },
    Statement {
        code: "brain_injury_report",
        text: "A report of 1995 describes people with brain injuries who became worse after craniosacral work. It is the reason why brain injury stands on this list.",
        sources: &[&GREENMAN_1995],
    },
    Statement {
        code: "adverse_events",
        text: "Only five of the ten pooled trials said anything about unwanted effects; those that did saw no serious ones. The study of 220 patients recorded a few minor ones. Rare harm cannot be ruled out from numbers like these.",
        sources: &[&HALLER_2020, &HALLER_2021],
    },
    Statement {
        code: "tell_your_practitioner",
        text: "Tell your practitioner about every illness, operation, pregnancy and medicine. Get medical help, not a session, for a sudden severe headache, weakness, numbness, confusion, fever with a stiff neck, or after a blow to the head.",
        sources: &[&CLEVELAND_2017, &GREENMAN_1995],
    },
];

static NOT_ON_ONESELF: [Statement; 2] = [
    Statement {
        code: "nobody_asks",
        text: "Do not try it on yourself or on family. A licensed practitioner first asks about the conditions with which it is unsafe, and knows when to send you to a doctor; alone, nobody asks.",
        sources: &[&CLEVELAND_2017, &GREENMAN_1995],
    },
    Statement {
        code: "what_is_felt_misleads",
        text: "What one seems to feel under the fingers is a poor guide: even trained examiners do not agree on it. Pressing on the skull or neck because of such a feeling can do harm and can delay the care that is needed.",
        sources: &[&GUILLAUD_2016, &GREENMAN_1995],
    },
];

static NO_PROMISE: [Statement; 2] = [
    Statement {
        code: "no_result_promised",
        text: "Nobody here can promise a result, and no practitioner should. Be wary of anybody who does.",
        sources: &[&CEBALLOS_2024, &HALLER_2020],
    },
    Statement {
        code: "keep_your_treatment",
        text: "Do not stop or put off any treatment because of a session without talking to the doctor who prescribed it.",
        sources: &[&CLEVELAND_2017],
    },
];
