//! The five professions, told to somebody who looks for help.
//!
//! **Invariant:** no licence is a licence in craniosacral therapy; each is a
//! licence of a profession under which the therapy is given.

use serde::Serialize;

use super::source::{BCTA, CLEVELAND_2017, FCLB, FSBPT, FSMB, FSMTB, NBCOT, Source, UPLEDGER};
use crate::domain::practitioner::ProviderType;

/// What a profession is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProviderGuide {
    /// Which one.
    pub provider_type: ProviderType,
    /// Short name.
    pub label: &'static str,
    /// What its licence is, and that the therapy is given under it.
    pub description: &'static str,
    /// What the description rests on.
    pub sources: &'static [&'static Source],
}

/// A guide as JSON.
#[derive(Serialize)]
struct Told {
    code: &'static str,
    label: &'static str,
    description: &'static str,
    nucc: &'static str,
    needs_certification: bool,
    sources: &'static [&'static Source],
}

impl ProviderGuide {
    /// The code, as in `provider_type=` of a search.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.provider_type.code()
    }

    /// The NUCC taxonomy code of the profession.
    #[must_use]
    pub fn nucc(&self) -> &'static str {
        self.provider_type.nucc()
    }
}

impl Serialize for ProviderGuide {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Told {
            code: self.code(),
            label: self.label,
            description: self.description,
            nucc: self.nucc(),
            needs_certification: self.provider_type.needs_certification(),
            sources: self.sources,
        }
        .serialize(serializer)
    }
}

/// The guide to a profession.
#[must_use]
pub fn provider_guide(provider_type: ProviderType) -> Option<&'static ProviderGuide> {
    PROVIDER_TYPES.iter().find(|guide| guide.provider_type == provider_type)
}

/// All five, in the order of [`ProviderType::ALL`].
pub static PROVIDER_TYPES: [ProviderGuide; 5] = [
    ProviderGuide {
        provider_type: ProviderType::Chiropractor,
        label: "Chiropractor",
        description: "A doctor of chiropractic, licensed by a state board to examine and treat the spine, joints and muscles by hand. The licence is for chiropractic; craniosacral therapy is given under it, and there is no separate licence for it.",
        sources: &[&FCLB, &UPLEDGER],
    },
    ProviderGuide {
        provider_type: ProviderType::Osteopath,
        label: "Osteopath",
        description: "In the United States a doctor of osteopathic medicine, a fully licensed physician who has also learned to treat by hand; in other countries an osteopath registered there. Work on the head and sacrum grew out of osteopathy. The licence is for medicine or osteopathy; craniosacral therapy is given under it.",
        sources: &[&FSMB, &CLEVELAND_2017],
    },
    ProviderGuide {
        provider_type: ProviderType::PhysicalTherapist,
        label: "Physical therapist",
        description: "A therapist, called a physiotherapist outside the United States, licensed by a state board to restore movement and ease pain with exercise and hands-on treatment. Craniosacral therapy is given under that licence, mostly after further courses.",
        sources: &[&FSBPT, &UPLEDGER],
    },
    ProviderGuide {
        provider_type: ProviderType::OccupationalTherapist,
        label: "Occupational therapist",
        description: "A therapist who helps people to manage daily life and work after illness or injury. The licence is the state's; the national certification alone is not one. Craniosacral therapy is given under that licence, mostly after further courses.",
        sources: &[&NBCOT, &UPLEDGER],
    },
    ProviderGuide {
        provider_type: ProviderType::MassageTherapist,
        label: "Massage therapist",
        description: "A therapist licensed, or in some states certified or registered, to treat muscles and soft tissue by hand. Since a massage licence says nothing about craniosacral training, a massage therapist can be booked here only with a certification in craniosacral therapy that has been checked as well.",
        sources: &[&FSMTB, &UPLEDGER, &BCTA],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profession_has_its_guide() {
        let told = PROVIDER_TYPES.map(|guide| guide.provider_type);
        assert_eq!(told, ProviderType::ALL);
        for provider_type in ProviderType::ALL {
            let guide = provider_guide(provider_type).unwrap();
            assert_eq!(ProviderType::from_code(guide.code()), Some(provider_type));
        }
    }

    #[test]
    fn only_massage_therapists_need_the_certification() {
        for guide in &PROVIDER_TYPES {
            let needs = guide.provider_type == ProviderType::MassageTherapist;
            assert_eq!(guide.description.contains("certification in craniosacral therapy"), needs);
            let told = serde_json::to_value(guide).unwrap();
            assert_eq!(told["needs_certification"], needs);
            assert_eq!(told["nucc"], guide.provider_type.nucc());
        }
    }
}
