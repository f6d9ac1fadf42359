//! The gazetteer against tables of what people write.

use super::place::Gazetteer;
use crate::domain::place::Place;

/// Rows as `NAME | REGION | COUNTRY | CODE | LAT,LON | PEOPLE`.
const ROWS: &str = "
    Portland        | OR | US |       | 45.5234,-122.6762 | 652503
    Kansas City     | MO | US |       | 39.0997,-94.5786  | 508090
    Kansas City     | KS | US |       | 39.1142,-94.6275  | 156607
    New York City   | NY | US |       | 40.7143,-74.0060  | 8804190
    Toronto         | 08 | CA |       | 43.7064,-79.3986  | 2731571
    Springfield     | IL | US |       | 39.8017,-89.6437  | 114394
    Munich          | 02 | DE |       | 48.1374,11.5755   | 1260391
    Portland        | OR | US | 97201 | 45.4989,-122.6914 | 0
                    |    | US | 97201 | 45.4979,-122.6900 | 16000
                    |    | US | 97999 | 45.1,-122.1       | 0
    Cannon Beach    | OR | US | 97110 | 45.8918,-123.9615 | 0
    Schenectady     | NY | US | 12345 | 42.8142,-73.9396  | 0
    Portland        | ME | US | 04101 | 43.6615,-70.2553  | 0
    Downtown Toronto| ON | CA | M5V   | 43.6404,-79.3995  | 0
    London          | ENG| GB | SW1A  | 51.5010,-0.1416   | 0
    Wien            | 9  | AT | 1010  | 48.2077,16.3705   | 0";

fn gazetteer() -> Gazetteer {
    let place = |row: &str| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        Place {
            name: cells[0].into(),
            region: cells[1].into(),
            country: cells[2].parse().unwrap(),
            postal_code: cells[3].into(),
            position: cells[4].parse().unwrap(),
            population: cells[5].parse().unwrap(),
        }
    };
    Gazetteer::new(ROWS.trim().lines().map(place).collect())
}

#[test]
fn texts_are_looked_up() {
    let gazetteer = gazetteer();
    let table = "
        97201                     = 97201 Portland, OR, US
        97201-1234                = 97201 Portland, OR, US
        97201, US                 = 97201 Portland, OR, US
        97201 Portland, OR, US    = 97201 Portland, OR, US
        Portland, OR 97201        = 97201 Portland, OR, US
        Portland OR 97201         = 97201 Portland, OR, US
        Tigard Portland, OR 97201 = -
        Eugene, OR 97201          = Eugene, OR, US
        97201, GB                 = -
        97201, WA                 = -
        97999, OR                 = 97999, US
        00000                     = -
        12345                     = 12345 Schenectady, NY, US
        12345 Main Street, Portland = -
        m5v                       = M5V Downtown Toronto, ON, CA
        M5V 2T6                   = M5V Downtown Toronto, ON, CA
        Toronto, ON M5V 2T6       = Toronto, ON, CA
        sw1a 1aa                  = SW1A London, ENG, GB
        1010, Austria             = 1010 Wien, 9, AT
        1010 Vienna               = 1010 Wien, 9, AT
        Portland                  = Portland, OR, US
        portland, me              = Portland, ME, US
        Portland, Maine           = Portland, ME, US
        Portland Maine            = Portland, ME, US
        Portland, Oregon, USA     = Portland, OR, US
        Portland, OR, Canada      = -
        Kansas City, KS           = Kansas City, KS, US
        Kansas City               = Kansas City, MO, US
        New York                  = New York, NY, US
        new york city, ny         = New York, NY, US
        Springfield               = Springfield, MO, US
        Springfield, IL           = Springfield, IL, US
        Toronto, CA               = Toronto, ON, CA
        Toronto, Ontario, Canada  = Toronto, ON, CA
        Ontario, CA               = Ontario, CA, US
        montreal                  = Montréal, QC, CA
        Québec                    = Québec, QC, CA
        St. Louis, MO             = Saint Louis, MO, US
        saint paul                = Saint Paul, MN, US
        Washington, D.C.          = Washington, DC, US
        Washington DC             = Washington, DC, US
        Munich                    = München, BY, DE
        Muenchen, Deutschland     = München, BY, DE
        munchen bavaria           = München, BY, DE
        London                    = London, ENG, GB
        London, ON                = London, ON, CA
        Cannon Beach              = Cannon Beach, OR, US
        Portland, Narnia          = -
        Atlantis                  = -
        ,                         = -
                                  = -";
    for row in table.trim().lines() {
        let (text, want) = row.split_once('=').unwrap();
        let found = gazetteer.lookup(text).map_or("-".to_owned(), |place| place.label());
        assert_eq!(found, want.trim(), "{row}");
    }
}

#[test]
fn every_label_is_found_again() {
    let gazetteer = gazetteer();
    for place in gazetteer.places() {
        let label = place.label();
        assert_eq!(gazetteer.lookup(&label).map(|found| found.label()), Some(label.clone()), "{label}");
    }
}

#[test]
fn addresses_are_placed() {
    let gazetteer = gazetteer();
    let table = "
        US | OR     | Portland  | 97201-0001 | 45.4989,-122.6914
        US | OR     | Portland  |            | 45.5234,-122.6762
        US | oregon | portland  | 00000      | 45.5234,-122.6762
        US | ME     | Portland  |            | 43.66,-70.26
        US | WA     | Portland  |            | -
        US |        | Portland  |            | 45.5234,-122.6762
        CA | ON     | Toronto   |            | 43.7064,-79.3986
        CA |        | Anywhere  | M5V 2T6    | 43.6404,-79.3995
        US |        | Anywhere  | M5V 2T6    | -
        IE | Leinster | Dublin  |            | 53.33,-6.25
        IE |        |           |            | -";
    for row in table.trim().lines() {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let found = gazetteer.find(cells[0].parse().unwrap(), cells[1], cells[2], cells[3]);
        let found = found.map_or("-".to_owned(), |p| format!("{},{}", p.latitude(), p.longitude()));
        assert_eq!(found, cells[4], "{row}");
    }
}

#[test]
fn beginnings_are_completed() {
    let gazetteer = gazetteer();
    let table = "
        portl        | Portland, OR, US; Portland, ME, US
        Portland, o  | Portland, OR, US
        Portland, Ma | Portland, ME, US
        portland, or, u | Portland, OR, US
        Portland, OR 97201 | 97201 Portland, OR, US
        Portland,    | Portland, OR, US; Portland, ME, US
        97           | 97201 Portland, OR, US; 97110 Cannon Beach, OR, US; 97999, US
        97201-12     |
        972          | 97201 Portland, OR, US
        mun          | München, BY, DE
        St. Pau      | Saint Paul, MN, US
        cannon       | Cannon Beach, OR, US
        kansas       | Kansas City, MO, US; Kansas City, KS, US
        xyzzy        |
                     | ";
    for row in table.trim().lines() {
        let (text, want) = row.split_once('|').unwrap();
        let labels: Vec<String> = gazetteer.complete(text.trim(), 5).iter().map(Place::label).collect();
        assert_eq!(labels.join("; "), want.trim(), "{row}");
    }
    assert_eq!(gazetteer.complete("s", 3).len(), 3);
    assert!(gazetteer.complete("s", 0).is_empty());
    let sizes: Vec<i64> = gazetteer.complete("s", 50).iter().map(|place| place.population).collect();
    assert!(sizes.is_sorted_by(|a, b| a >= b));
}

#[test]
fn without_rows_it_knows_the_principal_cities() {
    let gazetteer = Gazetteer::new(Vec::new());
    assert!(gazetteer.len() > 400);
    assert_eq!(gazetteer.lookup("Portland, OR 97201").map(|p| p.label()), Some("Portland, OR, US".into()));
}
