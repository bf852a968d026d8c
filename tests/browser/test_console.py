"""The console in a real browser: a day's walk, every page narrow and wide, without scripts, with hostile texts, on paper."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from sync_protocol.fields import FieldSpec, Kind
from sync_protocol.records import record_type
from tests.console.browser import Person
from tests.console.routes import routes
from tests.console.scenario import Scene

HOSTILE = (
    "\"'><img src=x onerror=window.pwned=1><script>window.pwned=1</script><svg/onload=window.pwned=1>{{7*191}}${7*191}"
)

WORST = HOSTILE + "W" * 160  # and no place to break a line


def walk(page: Page, scene: Scene) -> None:
    """Find a customer, read and change the file, see the visit with its photo."""
    page.get_by_role("link", name="Customers", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Customers")
    page.locator("[data-search]").fill("lucky")
    page.get_by_role("button", name="Show", exact=True).click()
    page.wait_for_url("**q=lucky**")
    page.get_by_role("link", name="Lucky Star Mart").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Lucky Star Mart 福星便利店")
    expect(page.get_by_text("Order R-1001")).to_be_visible()

    page.get_by_role("link", name="Edit the file").click()
    page.get_by_label("Visit cycle").fill("never")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".why")).to_contain_text("This is no whole number.")


def test_a_day_at_head_office_sign_in_find_open_edit_and_see_what_the_field_sent(window, scene):
    page = window("li")
    page.get_by_role("link", name="Customers", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Customers")
    page.wait_for_load_state()  # the keys come with the script, after the words
    page.keyboard.press("/")
    page.keyboard.type("lucky")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=lucky**")
    page.get_by_role("link", name="Lucky Star Mart").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Lucky Star Mart 福星便利店")
    expect(page.get_by_text("Order R-1001")).to_be_visible()

    page.get_by_role("link", name="Edit the file").click()
    page.get_by_label("Visit cycle").fill("10")
    page.get_by_label("City").fill("Des Moines")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Applied: Visit cycle")).to_be_visible()
    expect(page.get_by_text("To decide: City. It stands in the inbox.")).to_be_visible()
    expect(page.get_by_text("10 days")).to_be_visible()

    page.get_by_role("link", name="Planned visit").click()
    photo = page.locator("figure img").first
    photo.scroll_into_view_if_needed()
    expect(photo).to_be_visible()
    expect(photo).to_have_js_property("complete", True)
    assert photo.evaluate("image => image.naturalWidth") > 0
    expect(page.get_by_text("on its way")).to_be_visible()
    page.locator("figure a.photo").first.click()
    expect(page.locator("img.whole")).to_have_js_property("naturalWidth", 800)


def test_a_supervisor_sees_what_waits_and_what_devices_hold(window):
    page = window("chen")

    expect(page.get_by_role("link", name="1 Conflicts")).to_be_visible()
    expect(page.get_by_text("1462 2nd Ave")).to_be_visible()
    page.get_by_role("link", name="Devices").click()
    expect(page.get_by_role("row", name="Li's phone")).to_contain_text("1 photo")
    page.get_by_role("link", name="Enrol a device").click()
    page.select_option("#user", label="Li (li)")
    page.get_by_role("button", name="Make the invitation").click()
    expect(page.get_by_role("img", name="QR code of the invitation")).to_be_visible()
    expect(page.locator("#invitation-text")).to_contain_text("roundbook:1?u=http")


def test_keys_move_through_rows_and_open_them(window, scene):
    page = window("admin")
    page.goto(scene.office.url + "/customers")

    page.keyboard.press("j")
    page.keyboard.press("j")
    second = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("k")
    first = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")

    assert first != second
    expect(page.get_by_role("heading", level=1)).to_contain_text(first)


def test_everything_works_without_scripts(window, scene):
    page = window("li", java_script_enabled=False)
    walk(page, scene)
    page.get_by_label("Visit cycle").fill("9")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Applied: Visit cycle")).to_be_visible()


def all_pages(scene: Scene) -> list[str]:
    """The pages that there are in this office for somebody with every role."""
    somebody = Person(scene.office.app, "almighty")
    paths = [r.path for r in routes(scene) if r.method == "GET" and not r.endpoint.startswith("pictures.")]
    return [
        path for path in paths if (found := somebody.get(path)).status_code == 200 and found.mimetype == "text/html"
    ]


@pytest.mark.parametrize(
    ("language", "width", "height", "scheme"),
    [("en", 390, 844, "light"), ("zh_Hans", 390, 844, "dark"), ("zh_Hant", 1280, 800, "light")],
)
def test_every_page_fits_its_window(window, scene, language, width, height, scheme):
    page = window("almighty", width=width, height=height, language=language, color_scheme=scheme)

    for path in all_pages(scene):
        if path != "/sign-in":
            page.goto(scene.office.url + path)
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, (path, wide)
            assert page.evaluate(NAMELESS) == [], path
            if width == 390:
                small = page.evaluate(SMALL_TARGETS)
                assert small == [], path


SMALL_TARGETS = """() => [...document.querySelectorAll("button, .button, select, input:not([type=hidden])")]
  .filter(e => e.offsetParent !== null && !e.closest(".languages") && e.type !== "checkbox" && !e.classList.contains("link"))
  .filter(e => e.getBoundingClientRect().height < 40).map(e => e.outerHTML.slice(0, 120))"""


NAMELESS = """() => [
  ...[...document.querySelectorAll("input:not([type=hidden]), select, textarea")]
    .filter(e => !e.labels.length && !e.ariaLabel).map(e => "no label: " + e.outerHTML.slice(0, 120)),
  ...[...document.querySelectorAll("a, button")]
    .filter(e => !e.textContent.trim() && !e.ariaLabel && !e.querySelector("img[alt]:not([alt=''])"))
    .map(e => "no name: " + e.outerHTML.slice(0, 120)),
  ...[...document.querySelectorAll("img:not([alt])")].map(e => "no words: " + e.outerHTML.slice(0, 120)),
  ...[...document.querySelectorAll("[id]")].map(e => e.id).filter((id, n, all) => all.indexOf(id) !== n)
    .map(id => "twice: " + id),
  ...(document.querySelectorAll("h1").length === 1 ? [] : ["not one title"]),
  ...(document.querySelectorAll("main").length === 1 ? [] : ["not one main part"]),
]"""


def test_the_menu_opens_and_leads_on_in_the_hand(window, scene):
    page = window("admin", width=390, height=844)

    expect(page.get_by_role("link", name="Orders", exact=True)).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("link", name="Orders", exact=True).click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Orders")
    expect(page.get_by_text("R-1001")).to_be_visible()


def hostile(spec: FieldSpec, scene: Scene) -> object:
    """The worst that a field of this kind may hold."""
    if spec.kind in (Kind.TEXT, Kind.NOTE):
        return WORST if "most" not in spec.labels.en else None
    if spec.kind is Kind.CHOICE:
        return HOSTILE[:60]
    if spec.kind is Kind.TAGS:
        return ["<script>window.pwned=1</script>", "<img src=x onerror=window.pwned=1>"]
    return None


def hostile_values(type_name: str, scene: Scene) -> dict[str, object]:
    """Hostile texts in every field that takes text, cut to what the field takes."""
    from sync_protocol.records import check_values

    found: dict[str, object] = {}
    for name, spec in record_type(type_name).specs().items():
        value = hostile(spec, scene)
        for length in (len(WORST), len(HOSTILE), 60, 20):
            cut = value[:length] if isinstance(value, str) else value
            if cut is not None and not check_values(type_name, {name: cut}, creating=False):
                found[name] = cut
                break
    return found


def test_what_anybody_types_into_any_field_is_shown_and_never_run(window, scene):
    number = iter(range(1, 100))

    def write(type_name: str, customer: str | None = None, **more: object) -> str:
        record = f"01900000-0000-7000-8000-0000000000{next(number):02d}"
        values = {**hostile_values(type_name, scene), **more}
        change = {"op": "create", "type": type_name, "record": record, "set": values}
        book = "north"
        if type_name == "product":
            with scene.office.app.app_context():
                from server.services import books

                book = books.reference_book()
        customer = None if type_name == "product" else customer or record
        scene.office.write(book, {**change, "customer": customer})
        return record

    customer = write("customer")
    visit = write("visit", customer, state="done", checked_in_at=5)
    line = {"quantity": "1", "product_name": HOSTILE[:60], "unit": "<b>"}
    order = write("order", customer, ordered_at=5, lines=[line], visit=visit)
    others = [
        write("contact_record", customer, contacted_at=5),
        write("complaint", customer, received_at=5, description=HOSTILE),
        write("stock_count", customer, visit=visit, quantity="1", counted_at=5),
        write("photo", customer, visit=visit, sha256="1" * 64, size_bytes=1, taken_at=5),
        write("review", customer, of=order, outcome="return"),
    ]
    product = write("product")
    page = window("admin")

    paths = [
        "/",
        "/customers",
        "/visits",
        "/orders",
        "/records?of=contact_record",
        "/products",
        f"/customers/{customer}",
        f"/customers/{customer}/edit",
    ]
    paths += [f"/customers/{customer}/history/{name}" for name in hostile_values("customer", scene)]
    paths += [
        f"/visits/{visit}",
        f"/orders/{order}",
        f"/products/{product}",
        *(f"/records/{other}" for other in others),
    ]
    paths += ["/customers?q=%22%3E%3Cscript%3Ewindow.pwned%3D1%3C%2Fscript%3E", "/?show=%22%3E%3Cscript%3E"]
    for path in paths:
        page.goto(scene.office.url + path)
        assert page.evaluate("window.pwned") is None, path
        assert "1337" not in page.inner_text("main"), path
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
    page.goto(f"{scene.office.url}/customers/{customer}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("<script>window.pwned=1</script>")


def test_on_paper_there_is_the_file_and_not_the_frame(window, scene):
    page = window("li")
    page.goto(f"{scene.office.url}/customers/{scene.ids['star']}")
    mark = page.get_by_text("Not released · Li").first
    expect(mark).to_be_hidden()
    page.emulate_media(media="print")

    expect(mark).to_be_visible()  # whoever prints without a release stands on it by name
    expect(page.get_by_role("navigation", name="Main")).to_be_hidden()
    expect(page.get_by_role("link", name="Edit the file")).to_be_hidden()
    expect(page.get_by_text("Who maintains what")).to_be_visible()
    expect(page.get_by_text("Administrative region")).to_be_visible()  # in a group that is folded up on the screen
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert re.fullmatch(r"rgba?\(255, 255, 255(, 1)?\)", background)


def test_a_page_needs_nothing_but_itself_its_style_its_script_and_its_signs(window, scene):
    page = window("li")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.removeprefix(scene.office.url).partition("?")[0]))

    page.goto(scene.office.url + "/customers")

    assert set(asked) <= {
        "/customers",
        "/static/console.css",
        "/static/deciding.css",
        "/static/console.js",
        "/static/signs.svg",
        "/static/roundbook.svg",
    }
