"""The country of a place: right where it is clear, both where it is not, none at sea."""

import random
from math import cos, radians

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import places
from bot.program import load
from handlers.program.facts import is_country

CITIES = {
    "RU": (55.751, 37.618), "TR": (41.009, 28.978), "PL": (52.230, 21.011), "DE": (52.520, 13.405),
    "LT": (54.687, 25.280), "LV": (56.949, 24.105), "EE": (59.437, 24.754), "CZ": (50.088, 14.421),
    "AT": (48.210, 16.363), "FR": (48.857, 2.351), "SE": (59.329, 18.069), "NO": (59.913, 10.739),
    "FI": (60.167, 24.943), "NL": (52.373, 4.892), "BE": (50.847, 4.352), "CH": (46.948, 7.447),
    "IT": (45.464, 9.190), "ES": (40.417, -3.703), "GR": (37.984, 23.728), "CY": (34.917, 33.623),
    "GB": (51.507, -0.128), "US": (40.713, -74.006), "CA": (45.501, -73.567), "UA": (50.450, 30.523),
    "GE": (41.715, 44.827), "AM": (40.179, 44.499), "KZ": (43.238, 76.946), "KG": (42.875, 74.590),
    "AE": (25.205, 55.271), "RS": (44.817, 20.457), "ME": (42.441, 19.263), "IL": (32.085, 34.782),
    "TH": (13.756, 100.502), "UZ": (41.311, 69.280), "TJ": (38.560, 68.774), "AZ": (40.409, 49.867),
}  # fmt: skip
"""A large city of each offered host and of each origin."""

NEAR = [
    ("Frankfurt (Oder)", 52.345, 14.550, {"DE", "PL"}),
    ("Narva", 59.377, 28.190, {"EE", "RU"}),
    ("Basel", 47.560, 7.590, {"CH", "DE", "FR"}),
    ("Bishkek, Kordai", 43.040, 74.710, {"KG", "KZ"}),
    ("Chernyaevka", 41.500, 69.370, {"KZ", "UZ"}),
    ("Simferopol", 44.952, 34.102, {"RU", "UA"}),
]


def test_given_every_host_and_origin_then_a_city_of_theirs_is_tried():
    program = load(None).program
    assert set(CITIES) >= {*program.hosts, *program.origins}


@pytest.mark.parametrize("code", CITIES)
def test_given_a_place_then_its_country_is_known(code):
    found = places.countries(*CITIES[code])
    assert found[0] == code
    assert found == (code,) or code in {"CY", "UZ", "KG", "KZ"}, "near a border both are offered"


@pytest.mark.parametrize(("name", "latitude", "longitude", "expected"), NEAR)
def test_given_a_place_near_a_border_then_both_sides_are_offered(name, latitude, longitude, expected):
    assert set(places.countries(latitude, longitude)) == expected


@pytest.mark.parametrize("place", [(30, -40), (45, -160), (90, 0), (-40, -20)])
def test_given_the_high_seas_then_there_is_no_country(place):
    assert places.countries(*place) == ()


@pytest.mark.parametrize(("place", "code"), [((66.2, -170.5), "RU"), ((-17.7, 178.0), "FJ"), ((42.66, 21.16), "XK")])
def test_given_places_beyond_the_date_line_or_without_an_official_code_then_they_are_no_neighbours(place, code):
    assert places.countries(*place) == (code,)


def test_given_any_point_of_any_outline_then_being_a_little_beside_it_never_gives_one_wrong_certain_answer():
    chance = random.Random(4)
    outlines = [(codes, ring.outline) for codes, rings in places._borders() for ring in rings]
    for codes, outline in chance.sample(outlines, 60):
        longitude, latitude = chance.choice(outline)
        aside = chance.uniform(-0.6, 0.6) * places.MARGIN_KM / places.KM_PER_DEGREE
        if abs(latitude) < 85:
            found = places.countries(latitude + aside, longitude + aside / cos(radians(latitude)))
            assert set(codes) <= set(found)


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_given_any_place_on_earth_then_the_answer_is_countries(latitude, longitude):
    assert all(is_country(code) for code in places.countries(latitude, longitude))
