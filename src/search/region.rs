//! Names of countries and of their parts, as people write them.
//!
//! **Invariant:** a code always names its part; a spelled-out name is only
//! another way to write a code.

use crate::domain::{location::Country, text::folded};

/// `CODE Name=Other name; …`, one country a line.
const COUNTRIES: &str = "US United States=USA=United States of America=America; CA Canada; MX Mexico=México
GB United Kingdom=UK=Great Britain=Britain; IE Ireland=Éire; AU Australia; NZ New Zealand=Aotearoa
DE Germany=Deutschland; AT Austria=Österreich; CH Switzerland=Schweiz=Suisse=Svizzera; FR France
ES Spain=España; PT Portugal; IT Italy=Italia; NL Netherlands=Nederland=The Netherlands=Holland
BE Belgium=België=Belgique; LU Luxembourg; DK Denmark=Danmark; SE Sweden=Sverige; NO Norway=Norge
FI Finland=Suomi; IS Iceland=Ísland; PL Poland=Polska; CZ Czechia=Czech Republic; SK Slovakia; HU Hungary
RO Romania; BG Bulgaria; GR Greece; HR Croatia; SI Slovenia; EE Estonia; LV Latvia; LT Lithuania; MT Malta
CY Cyprus; TR Turkey=Türkiye; IL Israel; ZA South Africa; EG Egypt; KE Kenya; NG Nigeria; MA Morocco
IN India; JP Japan; CN China; KR South Korea=Korea; TW Taiwan; HK Hong Kong; SG Singapore; TH Thailand
VN Vietnam; MY Malaysia; ID Indonesia; PH Philippines; AE United Arab Emirates=UAE; BR Brazil=Brasil
AR Argentina; CL Chile; CO Colombia; PE Peru; UY Uruguay; CR Costa Rica; PR Puerto Rico";

/// `COUNTRY CODE Name=Other name; CODE …`, the codes as in ISO 3166-2.
const REGIONS: &str = "
US AL Alabama; AK Alaska; AZ Arizona; AR Arkansas; CA California; CO Colorado; CT Connecticut; DE Delaware
US DC District of Columbia; FL Florida; GA Georgia; HI Hawaii; ID Idaho; IL Illinois; IN Indiana; IA Iowa
US KS Kansas; KY Kentucky; LA Louisiana; ME Maine; MD Maryland; MA Massachusetts; MI Michigan; MN Minnesota
US MS Mississippi; MO Missouri; MT Montana; NE Nebraska; NV Nevada; NH New Hampshire; NJ New Jersey
US NM New Mexico; NY New York=New York State; NC North Carolina; ND North Dakota; OH Ohio; OK Oklahoma
US OR Oregon; PA Pennsylvania; RI Rhode Island; SC South Carolina; SD South Dakota; TN Tennessee; TX Texas
US UT Utah; VT Vermont; VA Virginia; WA Washington=Washington State; WV West Virginia; WI Wisconsin
US WY Wyoming; PR Puerto Rico; GU Guam; VI US Virgin Islands; AS American Samoa; MP Northern Mariana Islands
CA AB Alberta; BC British Columbia; MB Manitoba; NB New Brunswick; NL Newfoundland and Labrador=Newfoundland
CA NS Nova Scotia; NT Northwest Territories; NU Nunavut; ON Ontario; PE Prince Edward Island; QC Québec
CA SK Saskatchewan; YT Yukon
AU ACT Australian Capital Territory; NSW New South Wales; NT Northern Territory; QLD Queensland
AU SA South Australia; TAS Tasmania; VIC Victoria; WA Western Australia
NZ AUK Auckland; CAN Canterbury; OTA Otago; WGN Wellington; WKO Waikato; BOP Bay of Plenty; NSN Nelson
GB ENG England; NIR Northern Ireland; SCT Scotland; WLS Wales=Cymru
DE BB Brandenburg; BE Berlin; BW Baden-Württemberg; BY Bayern=Bavaria; HB Bremen; HE Hessen=Hesse; HH Hamburg
DE MV Mecklenburg-Vorpommern; NI Niedersachsen=Lower Saxony; NW Nordrhein-Westfalen=North Rhine-Westphalia
DE RP Rheinland-Pfalz=Rhineland-Palatinate; SH Schleswig-Holstein; SL Saarland; SN Sachsen=Saxony
DE ST Sachsen-Anhalt=Saxony-Anhalt; TH Thüringen=Thuringia
AT 1 Burgenland; 2 Kärnten=Carinthia; 3 Niederösterreich=Lower Austria; 4 Oberösterreich=Upper Austria
AT 5 Salzburg; 6 Steiermark=Styria; 7 Tirol=Tyrol; 8 Vorarlberg; 9 Wien=Vienna
CH BE Bern; BS Basel-Stadt; GE Genève=Geneva; VD Vaud; ZH Zürich; LU Luzern=Lucerne; TI Ticino; SG St. Gallen
BR SP São Paulo; RJ Rio de Janeiro; DF Distrito Federal
ZA GP Gauteng; WC Western Cape; KZN KwaZulu-Natal
IN MH Maharashtra; DL Delhi; KA Karnataka; TN Tamil Nadu";

/// How GeoNames numbers first-level divisions where ISO 3166-2 has letters: the nth word is number n.
const NUMBERED: &str = "
CA AB BC MB NB NL - NS ON PE QC SK YT NT NU
AU ACT NSW NT QLD SA TAS VIC WA
DE BW BY HB HH HE NI NW RP SL SH BB MV SN ST TH BE
AT 1 2 3 4 5 6 7 8 9";

/// The form in which codes and names of areas are compared: `D.C.` and `dc` are one.
fn plain(text: &str) -> String {
    folded(text).replace(' ', "")
}

/// What somebody wrote as a country or region, ready to be compared.
#[derive(Debug)]
pub(super) struct Area {
    plain: String,
}

impl Area {
    pub fn new(text: &str) -> Self {
        Self { plain: plain(text) }
    }

    /// Whether it is that country, by code or name.
    pub fn is_country(&self, country: Country) -> bool {
        self.plain.eq_ignore_ascii_case(country.code())
            || country_names(country).any(|name| plain(name) == self.plain)
    }

    /// Whether it is that region, by code or name.
    pub fn is_region(&self, country: Country, region: &str) -> bool {
        !region.is_empty()
            && (self.plain == plain(region)
                || region_names(country, region).any(|name| plain(name) == self.plain))
    }

    /// Whether it begins the code or a name of that country or region. Nothing written begins everything.
    pub fn begins(&self, country: Country, region: &str) -> bool {
        let begins = |name: &str| plain(name).starts_with(&self.plain);
        begins(country.code())
            || begins(region)
            || country_names(country).any(begins)
            || region_names(country, region).any(begins)
    }

    /// Whether the country is known to have a region of that code or name.
    pub fn is_some_region(&self, country: Country) -> bool {
        entries(REGIONS, country).any(|(code, names)| {
            plain(code) == self.plain || names.split('=').any(|name| plain(name) == self.plain)
        })
    }
}

/// Whether two regions may be one: the same code, or one of them no code that is known.
pub(super) fn may_be_one(country: Country, one: &str, other: &str) -> bool {
    let known = |region: &str| Area::new(region).is_some_region(country);
    one.eq_ignore_ascii_case(other) || !known(one) || !known(other)
}

/// The region's code in ISO 3166-2, where the gazetteer's source has a number for it.
pub(super) fn iso(country: Country, region: &str) -> Option<&'static str> {
    let number: usize = region.parse().ok()?;
    let row = NUMBERED.lines().find_map(|row| row.strip_prefix(country.code()))?;
    row.split_whitespace().nth(number.checked_sub(1)?).filter(|code| *code != "-")
}

fn country_names(country: Country) -> impl Iterator<Item = &'static str> {
    let all = COUNTRIES.lines().flat_map(|line| line.split("; "));
    let own = all.filter_map(move |entry| entry.split_once(' ').filter(|(code, _)| *code == country.code()));
    own.flat_map(|(_, names)| names.split('='))
}

fn region_names<'r>(country: Country, region: &'r str) -> impl Iterator<Item = &'static str> + use<'r> {
    let own = entries(REGIONS, country).filter(move |(code, _)| code.eq_ignore_ascii_case(region));
    own.flat_map(|(_, names)| names.split('='))
}

fn entries(table: &'static str, country: Country) -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = table.lines().filter_map(|line| line.split_once(' '));
    let own = lines.filter(move |(code, _)| *code == country.code());
    own.flat_map(|(_, entries)| entries.split("; ")).filter_map(|entry| entry.split_once(' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_are_told_by_code_and_name() {
        let table = "
            Oregon       | US OR  | region
            or           | US OR  | region
            O.R.         | US OR  | region
            D.C.         | US DC  | region
            québec       | CA QC  | region
            Quebec       | CA QC  | region
            Bavaria      | DE BY  | region
            Washington   | US OR  | neither
            U.S.A.       | US OR  | country
            united states| US OR  | country
            UK           | GB ENG | country
            Österreich   | AT 9   | country
            Vienna       | AT 9   | region
            CA           | US CA  | region
            CA           | CA ON  | country
            Georgia      | US GA  | region
                         | US     | neither";
        for row in table.trim().lines() {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            let (country, region) = cells[1].split_once(' ').unwrap_or((cells[1], ""));
            let (area, country) = (Area::new(cells[0]), country.parse().unwrap());
            let found = match (area.is_region(country, region), area.is_country(country)) {
                (true, _) => "region",
                (false, true) => "country",
                (false, false) => "neither",
            };
            assert_eq!(found, cells[2], "{row}");
        }
    }

    #[test]
    fn numbers_become_codes() {
        let table = "
            CA 08 | ON
            CA 06 | none
            CA 14 | NU
            AU 02 | NSW
            DE 16 | BE
            AT 09 | 9
            US OR | none
            US 08 | none
            CA 0  | none
            CA 99 | none";
        for row in table.trim().lines() {
            let (from, want) = row.split_once('|').unwrap();
            let (country, region) = from.trim().split_once(' ').unwrap();
            assert_eq!(iso(country.parse().unwrap(), region).unwrap_or("none"), want.trim(), "{row}");
        }
    }
}
