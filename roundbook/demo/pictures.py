"""Pictures for the day, since nobody stands in the shops: shelves, shop fronts and price tags, drawn and saved as JPEG like a camera's."""

from __future__ import annotations

import io
from random import Random

from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

SIZE = (2016, 1512)
_WALLS = ((226, 219, 205), (209, 216, 222), (233, 226, 210), (205, 214, 203))
_GLASS = ((92, 54, 28), (38, 66, 48), (140, 96, 40), (196, 202, 208), (66, 42, 70), (172, 120, 60), (110, 28, 34))
_LABELS = ((244, 238, 222), (28, 30, 34), (176, 30, 36), (20, 62, 112), (214, 178, 76))


def picture(step: str, random: Random) -> bytes:
    """A JPEG of about half a megabyte. Args: step: what of the visit it shows: shopfront, display, price_tag, stock."""
    image = Image.new("RGB", SIZE, random.choice(_WALLS))
    draw = ImageDraw.Draw(image)
    if step == "shopfront":
        _front(draw, random)
    else:
        _shelves(draw, random, tags=step == "price_tag", rows=5 if step == "stock" else 3)
    return _photographed(image, random)


def _shelves(draw: ImageDraw.ImageDraw, random: Random, *, tags: bool, rows: int) -> None:
    width, height = SIZE
    for row in range(rows):
        floor = int((row + 1) * height / rows) - 46
        tall = int(height / rows * 0.72)
        x = 20
        while x < width - 90:
            glass, label, count = random.choice(_GLASS), random.choice(_LABELS), random.randint(2, 5)
            broad, high = random.randint(54, 92), int(tall * random.uniform(0.72, 1))
            for _ in range(count):
                if random.random() < 0.93:
                    _bottle(draw, (x, floor, broad, high), glass, label)
                x += broad + 8
                if x >= width - 90:
                    break
        draw.rectangle((0, floor, width, floor + 40), fill=(122, 100, 78))
        draw.rectangle((0, floor, width, floor + 6), fill=(160, 136, 108))
        for at in range(60, width - 100, random.randint(190, 260)):
            if tags or random.random() < 0.3:
                draw.rectangle((at, floor + 6, at + 96, floor + 38), fill=(252, 250, 240), outline=(120, 120, 120))
                draw.text(
                    (at + 14, floor + 8),
                    f"{random.randint(5, 59)}.{random.choice((49, 99, 0)):02d}",
                    fill=(180, 20, 20),
                    font_size=24,
                )


def _bottle(
    draw: ImageDraw.ImageDraw, box: tuple[int, int, int, int], glass: tuple[int, int, int], label: tuple[int, int, int]
) -> None:
    x, floor, broad, high = box
    neck = broad // 3
    draw.rounded_rectangle((x, floor - int(high * 0.68), x + broad, floor), radius=14, fill=glass)
    draw.rectangle((x + neck, floor - high, x + broad - neck, floor - int(high * 0.6)), fill=glass)
    draw.rectangle((x + neck - 3, floor - high, x + broad - neck + 3, floor - high + 20), fill=label)
    draw.rectangle((x + 5, floor - int(high * 0.46), x + broad - 5, floor - int(high * 0.14)), fill=label)
    draw.line((x + 9, floor - int(high * 0.6), x + 9, floor - 12), fill=tuple(min(255, c + 70) for c in glass), width=4)


def _front(draw: ImageDraw.ImageDraw, random: Random) -> None:
    width, height = SIZE
    draw.rectangle((0, 0, width, 260), fill=(170, 196, 222))
    wall = random.choice(((150, 84, 66), (188, 170, 146), (120, 124, 128)))
    draw.rectangle((0, 260, width, height - 230), fill=wall)
    for y in range(260, height - 230, 34):
        draw.line((0, y, width, y), fill=tuple(c - 16 for c in wall), width=3)
    sign = random.choice(((18, 92, 78), (160, 30, 36), (24, 56, 112)))
    draw.rectangle((120, 330, width - 120, 510), fill=sign)
    draw.text(
        (300, 348),
        random.choice(("WINE & SPIRITS", "CORNER MARKET", "FOOD STORE", "BEVERAGE DEPOT")),
        fill="white",
        font_size=130,
    )
    for left in (140, 1330):
        draw.rectangle((left, 590, left + 540, height - 290), fill=(196, 214, 224), outline=(60, 60, 60), width=12)
    draw.rectangle((780, 590, 1230, height - 230), fill=(84, 98, 108), outline=(50, 50, 50), width=12)
    draw.rectangle((0, height - 230, width, height), fill=(140, 140, 138))


def _photographed(image: Image.Image, random: Random) -> bytes:
    """What a hand and a lens do to it: a slight turn, uneven light, grain."""
    turned = image.rotate(
        random.uniform(-2.2, 2.2), resample=Image.Resampling.BICUBIC, expand=False, fillcolor=(70, 66, 60)
    )
    light = Image.linear_gradient("L").resize(SIZE).rotate(random.choice((0, 90, 180)), expand=False).resize(SIZE)
    lit = Image.blend(turned, Image.merge("RGB", (light, light, light)), 0.12)
    grain = Image.effect_noise(SIZE, 22).convert("RGB")
    found = ImageEnhance.Contrast(Image.blend(lit, grain, 0.07)).enhance(1.12).filter(ImageFilter.GaussianBlur(0.7))
    out = io.BytesIO()
    found.save(out, "JPEG", quality=88)
    return out.getvalue()
