//! Principal cities, so that a directory without imported places still finds its way.
//!
//! For every US state its capital, its largest city and others above roughly
//! 150,000 people; for other countries the largest and some well known ones.
//! Facts of common knowledge, rounded: hundredths of a degree (about a
//! kilometre), thousands of people.
//!
//! **Invariant:** every entry parses; a test reads them all.

use crate::domain::{
    location::{Country, Position},
    place::Place,
};

/// One line a region: `COUNTRY REGION | City latitude longitude thousands; …`. The region is the part of
/// ISO 3166-2 after the hyphen, `-` where none is given. A city may have other names: `München=Munich`.
const CITIES: &str = "
US AL | Huntsville 34.73 -86.59 215; Birmingham 33.52 -86.80 200; Montgomery 32.37 -86.30 200; Mobile 30.69 -88.04 187
US AK | Anchorage 61.22 -149.90 291; Fairbanks 64.84 -147.72 32; Juneau 58.30 -134.42 32
US AZ | Phoenix 33.45 -112.07 1608; Tucson 32.22 -110.93 543; Mesa 33.42 -111.82 504; Chandler 33.31 -111.84 276
US AZ | Gilbert 33.35 -111.79 268; Glendale 33.54 -112.19 248; Scottsdale 33.51 -111.90 241; Peoria 33.58 -112.24 191
US AZ | Tempe 33.41 -111.91 181; Flagstaff 35.20 -111.65 77
US AR | Little Rock 34.75 -92.29 203; Fayetteville 36.06 -94.16 94
US CA | Los Angeles 34.05 -118.24 3899; San Diego 32.72 -117.16 1387; San Jose 37.34 -121.89 1013
US CA | San Francisco 37.77 -122.42 874; Fresno 36.75 -119.77 542; Sacramento 38.58 -121.49 525
US CA | Long Beach 33.77 -118.19 467; Oakland 37.80 -122.27 441; Bakersfield 35.37 -119.02 403
US CA | Anaheim 33.84 -117.91 347; Stockton 37.96 -121.29 321; Riverside 33.95 -117.40 315; Irvine 33.67 -117.82 308
US CA | Santa Ana 33.75 -117.87 310; Chula Vista 32.64 -117.08 275; Fremont 37.55 -121.99 231
US CA | Santa Clarita 34.39 -118.54 229; San Bernardino 34.11 -117.29 222; Modesto 37.64 -121.00 218
US CA | Fontana 34.09 -117.44 209; Moreno Valley 33.94 -117.23 209; Oxnard 34.20 -119.18 202
US CA | Huntington Beach 33.66 -118.00 199; Glendale 34.14 -118.26 197; Ontario 34.06 -117.65 175
US CA | Elk Grove 38.41 -121.37 176; Santa Rosa 38.44 -122.71 178; Rancho Cucamonga 34.11 -117.59 175
US CA | Oceanside 33.20 -117.38 174; Garden Grove 33.77 -117.94 172; Lancaster 34.70 -118.14 173
US CA | Palmdale 34.58 -118.12 169; Corona 33.88 -117.57 157; Salinas 36.68 -121.66 163; Hayward 37.67 -122.08 163
US CA | Roseville 38.75 -121.29 148; Sunnyvale 37.37 -122.04 156; Escondido 33.12 -117.09 151
US CA | Pomona 34.06 -117.75 152; Visalia 36.33 -119.29 141; Berkeley 37.87 -122.27 124; Santa Barbara 34.42 -119.70 89
US CA | Santa Cruz 36.97 -122.03 63; Santa Monica 34.02 -118.49 93; Pasadena 34.15 -118.14 139
US CO | Denver 39.74 -104.98 716; Colorado Springs 38.83 -104.82 479; Aurora 39.73 -104.83 386
US CO | Fort Collins 40.59 -105.08 170; Lakewood 39.70 -105.08 156; Boulder 40.01 -105.27 108
US CT | Bridgeport 41.18 -73.19 149; Stamford 41.05 -73.54 135; New Haven 41.31 -72.92 134; Hartford 41.76 -72.69 121
US DE | Wilmington 39.75 -75.55 71; Dover 39.16 -75.52 39
US DC | Washington 38.90 -77.04 690
US FL | Jacksonville 30.33 -81.66 950; Miami 25.77 -80.19 442; Tampa 27.95 -82.46 385; Orlando 28.54 -81.38 308
US FL | Saint Petersburg 27.77 -82.68 258; Hialeah 25.86 -80.28 223; Port Saint Lucie 27.29 -80.35 205
US FL | Tallahassee 30.44 -84.28 196; Cape Coral 26.56 -81.95 194; Fort Lauderdale 26.12 -80.14 183
US FL | Pembroke Pines 26.00 -80.22 171; Hollywood 26.01 -80.15 153; Gainesville 29.65 -82.32 141; Sarasota 27.34 -82.53 55
US GA | Atlanta 33.75 -84.39 499; Columbus 32.46 -84.99 207; Augusta 33.47 -81.97 202; Macon 32.84 -83.63 157
US GA | Savannah 32.08 -81.10 148; Athens 33.96 -83.38 127
US HI | Honolulu 21.31 -157.86 351; Hilo 19.73 -155.09 44
US ID | Boise 43.61 -116.20 236; Meridian 43.61 -116.39 118
US IL | Chicago 41.88 -87.63 2746; Aurora 41.76 -88.32 181; Naperville 41.79 -88.15 150; Joliet 41.53 -88.08 150
US IL | Rockford 42.27 -89.09 148; Springfield 39.80 -89.64 114
US IN | Indianapolis 39.77 -86.16 888; Fort Wayne 41.13 -85.13 264; Evansville 37.97 -87.56 117
US IN | Bloomington 39.17 -86.53 79
US IA | Des Moines 41.60 -93.61 214; Cedar Rapids 42.01 -91.64 138; Iowa City 41.66 -91.53 75
US KS | Wichita 37.69 -97.34 398; Overland Park 38.98 -94.67 197; Kansas City 39.11 -94.63 157; Topeka 39.05 -95.68 127
US KY | Louisville 38.25 -85.76 633; Lexington=Lexington-Fayette 37.99 -84.48 323; Frankfort 38.20 -84.87 29
US LA | New Orleans 29.95 -90.08 384; Baton Rouge 30.44 -91.19 227; Shreveport 32.53 -93.75 188
US LA | Lafayette 30.22 -92.02 121
US ME | Portland 43.66 -70.26 68; Augusta 44.31 -69.78 19
US MD | Baltimore 39.29 -76.61 586; Annapolis 38.98 -76.49 41
US MA | Boston 42.36 -71.06 676; Worcester 42.26 -71.80 207; Springfield 42.10 -72.59 156; Cambridge 42.37 -71.11 118
US MI | Detroit 42.33 -83.05 639; Grand Rapids 42.96 -85.67 199; Warren 42.49 -83.03 139
US MI | Ann Arbor 42.28 -83.74 124; Lansing 42.73 -84.56 113
US MN | Minneapolis 44.98 -93.27 430; Saint Paul 44.95 -93.09 312; Rochester 44.02 -92.47 121; Duluth 46.79 -92.10 87
US MS | Jackson 32.30 -90.18 154; Gulfport 30.37 -89.09 73
US MO | Kansas City 39.10 -94.58 508; Saint Louis 38.63 -90.20 302; Springfield 37.22 -93.29 169
US MO | Columbia 38.95 -92.33 126; Jefferson City 38.58 -92.17 43
US MT | Billings 45.78 -108.50 117; Missoula 46.87 -113.99 74; Bozeman 45.68 -111.04 53; Helena 46.59 -112.04 32
US NE | Omaha 41.26 -95.94 486; Lincoln 40.81 -96.70 291
US NV | Las Vegas 36.17 -115.14 642; Henderson 36.04 -114.98 318; North Las Vegas 36.20 -115.12 263
US NV | Reno 39.53 -119.81 264; Carson City 39.16 -119.77 59
US NH | Manchester 43.00 -71.45 116; Concord 43.21 -71.54 44
US NJ | Newark 40.74 -74.17 312; Jersey City 40.73 -74.08 292; Paterson 40.92 -74.17 160
US NJ | Elizabeth 40.66 -74.21 137; Trenton 40.22 -74.74 91
US NM | Albuquerque 35.08 -106.65 565; Las Cruces 32.31 -106.78 111; Santa Fe 35.69 -105.94 88
US NY | New York=New York City=NYC 40.71 -74.01 8804; Brooklyn 40.65 -73.95 2736; Queens 40.68 -73.84 2317
US NY | Manhattan 40.78 -73.97 1487; The Bronx=Bronx 40.85 -73.87 1385; Staten Island 40.56 -74.14 469
US NY | Buffalo 42.89 -78.88 278; Yonkers 40.93 -73.90 212; Rochester 43.15 -77.62 211
US NY | Syracuse 43.05 -76.15 149; Albany 42.65 -73.75 99; Ithaca 42.44 -76.50 32
US NC | Charlotte 35.23 -80.84 875; Raleigh 35.78 -78.64 468; Greensboro 36.07 -79.79 299; Durham 35.99 -78.90 284
US NC | Winston-Salem 36.10 -80.24 250; Fayetteville 35.05 -78.88 209; Cary 35.79 -78.78 175
US NC | Wilmington 34.24 -77.95 115; Asheville 35.60 -82.55 95
US ND | Fargo 46.88 -96.79 126; Bismarck 46.81 -100.78 74
US OH | Columbus 39.96 -83.00 906; Cleveland 41.50 -81.69 373; Cincinnati 39.10 -84.51 309; Toledo 41.66 -83.56 271
US OH | Akron 41.08 -81.52 190; Dayton 39.76 -84.19 138
US OK | Oklahoma City 35.47 -97.52 681; Tulsa 36.15 -95.99 413; Norman 35.22 -97.44 128
US OR | Portland 45.52 -122.68 653; Eugene 44.05 -123.09 177; Salem 44.94 -123.04 176; Bend 44.06 -121.32 99
US OR | Ashland 42.19 -122.71 21
US PA | Philadelphia 39.95 -75.16 1604; Pittsburgh 40.44 -80.00 303; Allentown 40.61 -75.49 126
US PA | Harrisburg 40.27 -76.88 50
US RI | Providence 41.82 -71.41 191
US SC | Charleston 32.78 -79.93 150; Columbia 34.00 -81.03 137; Greenville 34.85 -82.39 71
US SD | Sioux Falls 43.55 -96.73 193; Rapid City 44.08 -103.23 75; Pierre 44.37 -100.35 14
US TN | Nashville=Nashville-Davidson 36.17 -86.78 689; Memphis 35.15 -90.05 633; Knoxville 35.96 -83.92 191
US TN | Chattanooga 35.05 -85.31 181; Clarksville 36.53 -87.36 167; Murfreesboro 35.85 -86.39 153
US TX | Houston 29.76 -95.37 2305; San Antonio 29.42 -98.49 1435; Dallas 32.78 -96.80 1304; Austin 30.27 -97.74 962
US TX | Fort Worth 32.73 -97.32 919; El Paso 31.76 -106.49 679; Arlington 32.74 -97.11 394
US TX | Corpus Christi 27.80 -97.40 318; Plano 33.02 -96.70 286; Lubbock 33.58 -101.86 257; Laredo 27.51 -99.51 255
US TX | Irving 32.81 -96.95 257; Garland 32.91 -96.64 246; Frisco 33.15 -96.82 201; McKinney 33.20 -96.62 195
US TX | Amarillo 35.22 -101.83 200; Grand Prairie 32.75 -97.00 196; Brownsville 25.90 -97.50 187
US TX | Killeen 31.12 -97.73 153; Pasadena 29.69 -95.21 152; McAllen 26.20 -98.23 142
US UT | Salt Lake City 40.76 -111.89 200; West Valley City 40.69 -112.00 140; Provo 40.23 -111.66 115
US VT | Burlington 44.48 -73.21 45; Montpelier 44.26 -72.58 8
US VA | Virginia Beach 36.85 -75.98 459; Chesapeake 36.82 -76.27 249; Arlington 38.88 -77.10 239
US VA | Norfolk 36.85 -76.29 238; Richmond 37.55 -77.46 227; Newport News 36.98 -76.43 186; Alexandria 38.80 -77.05 159
US VA | Charlottesville 38.03 -78.48 47
US WA | Seattle 47.61 -122.33 737; Spokane 47.66 -117.43 229; Tacoma 47.25 -122.44 219; Vancouver 45.64 -122.66 191
US WA | Bellevue 47.61 -122.20 152; Bellingham 48.76 -122.49 91; Olympia 47.04 -122.90 56
US WV | Charleston 38.35 -81.63 49; Huntington 38.42 -82.45 47
US WI | Milwaukee 43.04 -87.91 577; Madison 43.07 -89.40 270; Green Bay 44.51 -88.02 107
US WY | Cheyenne 41.14 -104.82 65; Casper 42.87 -106.31 59
US PR | San Juan 18.47 -66.11 342
CA ON | Toronto 43.70 -79.42 2794; Ottawa 45.42 -75.70 1017; Hamilton 43.25 -79.87 569; London 42.98 -81.25 422
CA QC | Montréal 45.51 -73.59 1763; Québec=Quebec City=Ville de Québec 46.81 -71.21 549; Gatineau 45.48 -75.70 291
CA BC | Vancouver 49.25 -123.12 662; Surrey 49.11 -122.83 568; Victoria 48.43 -123.37 92; Kelowna 49.88 -119.49 145
CA AB | Calgary 51.05 -114.07 1307; Edmonton 53.55 -113.50 1011
CA MB | Winnipeg 49.88 -97.15 750
CA SK | Saskatoon 52.12 -106.63 266; Regina 50.45 -104.62 226
CA NS | Halifax 44.65 -63.57 439
CA NB | Moncton 46.09 -64.80 79; Fredericton 45.95 -66.67 63
CA NL | Saint John's 47.56 -52.71 111
CA PE | Charlottetown 46.24 -63.13 39
GB ENG | London 51.51 -0.13 8800; Birmingham 52.48 -1.90 1145; Manchester 53.48 -2.24 552; Leeds 53.80 -1.55 536
GB ENG | Liverpool 53.41 -2.98 486; Sheffield 53.38 -1.47 556; Bristol 51.46 -2.60 472; Nottingham 52.95 -1.15 324
GB ENG | Newcastle upon Tyne=Newcastle 54.97 -1.61 300; Oxford 51.75 -1.26 162; Cambridge 52.20 0.12 146; Brighton 50.83 -0.14 277
GB SCT | Glasgow 55.86 -4.26 620; Edinburgh 55.95 -3.20 507; Aberdeen 57.14 -2.10 198
GB WLS | Cardiff 51.48 -3.18 362; Swansea 51.62 -3.94 238
GB NIR | Belfast 54.60 -5.93 345
IE - | Dublin 53.33 -6.25 592; Cork 51.90 -8.47 222; Galway 53.27 -9.05 84; Limerick 52.66 -8.63 102
AU NSW | Sydney -33.87 151.21 4840; Newcastle -32.93 151.78 322
AU VIC | Melbourne -37.81 144.96 4917
AU QLD | Brisbane -27.47 153.03 2360; Gold Coast -28.00 153.43 640
AU WA | Perth -31.95 115.86 2043
AU SA | Adelaide -34.93 138.60 1295
AU TAS | Hobart -42.88 147.33 226
AU ACT | Canberra -35.28 149.13 456
AU NT | Darwin -12.46 130.84 139
NZ AUK | Auckland -36.85 174.76 1440
NZ WGN | Wellington -41.29 174.78 212
NZ CAN | Christchurch -43.53 172.63 377
NZ OTA | Dunedin -45.87 170.50 106
DE BE | Berlin 52.52 13.41 3677
DE HH | Hamburg 53.55 9.99 1853
DE BY | München=Munich=Muenchen 48.14 11.58 1488; Nürnberg=Nuremberg=Nuernberg 49.45 11.08 510
DE NW | Köln=Cologne=Koeln 50.93 6.95 1073; Düsseldorf=Duesseldorf 51.22 6.78 619; Dortmund 51.51 7.47 586
DE HE | Frankfurt am Main=Frankfurt 50.12 8.68 759
DE BW | Stuttgart 48.78 9.18 626; Freiburg im Breisgau=Freiburg 48.00 7.85 231
DE SN | Leipzig 51.34 12.37 601; Dresden 51.05 13.74 555
FR IDF | Paris 48.85 2.35 2133
FR PAC | Marseille 43.30 5.38 873; Nice 43.70 7.27 348
FR ARA | Lyon 45.75 4.85 522
FR OCC | Toulouse 43.60 1.44 504
FR NAQ | Bordeaux 44.84 -0.58 261
FR GES | Strasbourg 48.58 7.75 291
CH ZH | Zürich=Zuerich 47.37 8.55 421
CH GE | Genève=Geneva=Genf 46.20 6.15 203
CH BS | Basel=Bâle 47.56 7.57 173
CH BE | Bern=Berne 46.95 7.45 134
AT 9 | Wien=Vienna 48.21 16.37 1931
AT 6 | Graz 47.07 15.45 291
AT 5 | Salzburg 47.80 13.04 155
ES MD | Madrid 40.42 -3.70 3305
ES CT | Barcelona 41.39 2.16 1636
ES VC | Valencia 39.47 -0.38 789
ES AN | Sevilla=Seville 37.38 -5.97 684
IT 62 | Roma=Rome 41.89 12.51 2761
IT 25 | Milano=Milan 45.46 9.19 1371
IT 72 | Napoli=Naples 40.85 14.27 914
IT 21 | Torino=Turin 45.07 7.69 848
NL NH | Amsterdam 52.37 4.89 873
NL ZH | Rotterdam 51.92 4.48 652; Den Haag=The Hague 52.08 4.30 549
NL UT | Utrecht 52.09 5.12 361
BE BRU | Bruxelles=Brussels=Brussel 50.85 4.35 1209
BE VLG | Antwerpen=Antwerp 51.22 4.40 530; Gent=Ghent 51.05 3.72 264
SE - | Stockholm 59.33 18.07 976; Göteborg=Gothenburg 57.71 11.97 588; Malmö 55.61 13.00 351
NO - | Oslo 59.91 10.75 700; Bergen 60.39 5.32 286; Trondheim 63.43 10.39 207
DK - | København=Copenhagen 55.68 12.57 644; Aarhus 56.16 10.21 285
FI - | Helsinki 60.17 24.94 658; Tampere 61.50 23.79 244
IS - | Reykjavík 64.14 -21.90 135
PT - | Lisboa=Lisbon 38.73 -9.15 545; Porto 41.15 -8.61 232
PL - | Warszawa=Warsaw 52.23 21.01 1863; Kraków 50.06 19.94 803
CZ - | Praha=Prague 50.09 14.42 1357
HU - | Budapest 47.50 19.04 1706
GR - | Athína=Athens 37.98 23.73 643
JP - | Tokyo 35.69 139.69 9733; Osaka 34.69 135.50 2753; Kyoto 35.02 135.75 1464; Sapporo 43.07 141.35 1973
IN MH | Mumbai 19.07 72.88 12442; Pune 18.52 73.86 3124
IN DL | Delhi=New Delhi 28.65 77.23 11035
IN KA | Bengaluru=Bangalore 12.97 77.59 8443
IN TN | Chennai 13.09 80.28 4646
BR SP | São Paulo -23.55 -46.64 11451
BR RJ | Rio de Janeiro -22.91 -43.18 6211
BR DF | Brasília -15.78 -47.93 2817
MX CMX | Ciudad de México=Mexico City 19.43 -99.13 9210
MX JAL | Guadalajara 20.68 -103.35 1385
MX NLE | Monterrey 25.68 -100.32 1143
AR - | Buenos Aires -34.61 -58.38 3121
CL - | Santiago -33.46 -70.65 5614
CO - | Bogotá 4.61 -74.08 7413
ZA GP | Johannesburg -26.20 28.04 4803; Pretoria -25.74 28.19 2473
ZA WC | Cape Town -33.93 18.42 4773
ZA KZN | Durban -29.86 31.03 3134
IL - | Tel Aviv 32.08 34.78 474; Jerusalem 31.77 35.22 981
SG - | Singapore 1.29 103.85 5686
KR - | Seoul 37.57 126.98 9411
TW - | Taipei 25.05 121.53 2494";

/// A built-in city with the other names it is known by.
pub(super) struct Principal {
    pub place: Place,
    pub aliases: Vec<&'static str>,
}

/// The built-in cities.
pub(super) fn principal() -> impl Iterator<Item = Principal> {
    CITIES.trim().lines().flat_map(line)
}

fn line(line: &'static str) -> impl Iterator<Item = Principal> {
    let (area, cities) = line.split_once(" | ").unwrap_or_default();
    let (country, region) = area.split_once(' ').unwrap_or_default();
    let region = if region == "-" { "" } else { region };
    let country = country.parse::<Country>().ok();
    cities.split("; ").filter_map(move |city| city_of(country?, region, city))
}

fn city_of(country: Country, region: &str, city: &'static str) -> Option<Principal> {
    let mut words = city.rsplitn(4, ' ');
    let thousands: i64 = words.next()?.parse().ok()?;
    let longitude = words.next()?.parse().ok()?;
    let latitude = words.next()?.parse().ok()?;
    let mut names = words.next()?.split('=');
    let place = Place {
        name: names.next()?.to_owned(),
        region: region.to_owned(),
        country,
        postal_code: String::new(),
        position: Position::new(latitude, longitude).ok()?,
        population: thousands * 1000,
    };
    Some(Principal { place, aliases: names.collect() })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_entry_parses_and_is_there_once() {
        let cities: Vec<Place> = principal().map(|city| city.place).collect();
        let written = CITIES.trim().lines().flat_map(|line| line.split("; ")).count();
        assert_eq!(cities.len(), written);
        let labels: BTreeSet<String> = cities.iter().map(Place::label).collect();
        assert_eq!(labels.len(), written);
        assert!(cities.iter().all(|city| city.population > 0 && !city.name.is_empty()));
        let states: BTreeSet<&str> =
            cities.iter().filter(|c| c.country == Country::US).map(|c| c.region.as_str()).collect();
        assert_eq!(states.len(), 52, "fifty states, the district, Puerto Rico: {states:?}");
    }
}
