"""Which screen draws which page."""

from __future__ import annotations

from field_app.presenters.customer import CustomerPage
from field_app.presenters.customer_form import NewCustomerPage
from field_app.presenters.customers import CustomersPage
from field_app.presenters.enrol import EnrolPage
from field_app.presenters.form_page import FormPage
from field_app.presenters.knowledge import KnowledgePage
from field_app.presenters.order import OrderPage
from field_app.presenters.orders import OrdersPage
from field_app.presenters.page import Page
from field_app.presenters.photo import PhotoPage, TakePhotoPage
from field_app.presenters.save_as import SaveAsPage
from field_app.presenters.sign import SignPage
from field_app.presenters.slip import SlipPage
from field_app.presenters.stock import StockPage
from field_app.presenters.sync import SyncPage
from field_app.presenters.unlock import UnlockPage
from field_app.presenters.visit import VisitPage
from field_app.screens.base import PageScreen
from field_app.screens.forms import FormScreen, NewCustomerScreen, VisitScreen
from field_app.screens.lists import (
    CustomerScreen,
    CustomersScreen,
    KnowledgeScreen,
    ListScreen,
    OrderScreen,
    OrdersScreen,
    SearchScreen,
    SyncScreen,
)
from field_app.screens.photos import PhotoScreen, TakePhotoScreen
from field_app.screens.sign import SignScreen
from field_app.screens.slip import SaveAsScreen, SlipScreen
from field_app.screens.start import EnrolScreen, UnlockScreen

SCREENS: list[tuple[type[Page], type[PageScreen]]] = [
    (EnrolPage, EnrolScreen),
    (UnlockPage, UnlockScreen),
    (CustomersPage, CustomersScreen),
    (CustomerPage, CustomerScreen),
    (OrderPage, OrderScreen),
    (OrdersPage, OrdersScreen),
    (SignPage, SignScreen),
    (SlipPage, SlipScreen),
    (SaveAsPage, SaveAsScreen),
    (KnowledgePage, KnowledgeScreen),
    (StockPage, SearchScreen),
    (VisitPage, VisitScreen),
    (TakePhotoPage, TakePhotoScreen),
    (PhotoPage, PhotoScreen),
    (SyncPage, SyncScreen),
    (NewCustomerPage, NewCustomerScreen),
    (FormPage, FormScreen),
    (Page, ListScreen),
]


def screen_of(page: Page) -> PageScreen:
    """A new screen for a page; the first class of the table that the page belongs to counts."""
    return next(screen(page) for kind, screen in SCREENS if isinstance(page, kind))
