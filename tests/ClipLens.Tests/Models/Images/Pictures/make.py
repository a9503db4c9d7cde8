#!/usr/bin/env python3
"""Makes the small pictures of this folder and expected.json: what Pillow (9.4.0 when these were made) reads from them, as SHA-256 of the
bytes of convert("RGB"), of the labels of masks, of upright pictures, and of resized crops of a picture that is given by a formula.
Run it in this folder; it needs Pillow and nothing else."""
import glob, hashlib, io, json, os, struct, zlib
import PIL
from PIL import Image, ImageCms, ImageOps

W, H = 13, 11
rgb = Image.new("RGB", (W, H))
rgb.putdata([((x * 19 + y * 3) % 256, (y * 23 + x * 2) % 256, (x * 7 + y * 11 + 40) % 256) for y in range(H) for x in range(W)])
alpha = Image.new("L", (W, H))
alpha.putdata([(i * 37) % 256 if i % 5 else 0 for i in range(W * H)])
rgba = rgb.copy(); rgba.putalpha(alpha)
grey = rgb.convert("L")
la = grey.copy(); la.putalpha(alpha)
pal = rgb.quantize(16)

def put(name, data): open(name, "wb").write(data)
def save(name, im, **k): im.save(name, **k)

srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
save("rgb.jpg", rgb, quality=80)
save("rgb444.jpg", rgb, quality=80, subsampling=0)
save("progressive.jpg", rgb, quality=80, progressive=True)
save("grey.jpg", grey)
save("cmyk.jpg", rgb.convert("CMYK").point(lambda v: v * 3 // 4 + 20), quality=90)
save("profile.jpg", rgb, icc_profile=srgb)
for o in range(1, 9):
    exif = Image.Exif(); exif[0x112] = o
    save(f"exif{o}.jpg", rgb, exif=exif, quality=90)
save("rgb.png", rgb); save("rgba.png", rgba); save("grey.png", grey); save("grey-alpha.png", la)
save("palette.png", pal); save("palette-clear.png", pal, transparency=3); save("palette-alpha.png", pal, transparency=bytes([0, 10, 255, 30, 128]))
save("profile.png", rgb, icc_profile=srgb)
save("grey-clear.png", grey, transparency=grey.getpixel((2, 2))); save("rgb-clear.png", rgb, transparency=rgb.getpixel((3, 3)))

def chunk(kind, data): return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

def png(name, depth, kind, channels, value, extra=b"", interlace=False):
    """A PNG by hand: all five filters, any depth, interlaced or not."""
    def lines(xs, ys):
        raw, before = b"", None
        step = max(1, depth * channels // 8)
        for y in ys:
            acc, n, row = 0, 0, bytearray()
            for x in xs:
                for c in range(channels):
                    acc = acc << depth | value(x, y, c) & ((1 << depth) - 1); n += depth
                    while n >= 8: row.append(acc >> (n - 8) & 255); n -= 8; acc &= (1 << n) - 1
            if n: row.append(acc << (8 - n) & 255)
            up, out, f = before or bytes(len(row)), bytearray(), y % 5
            for i, v in enumerate(row):
                a, b, c = (row[i - step] if i >= step else 0), up[i], (up[i - step] if i >= step else 0)
                pa, pb, pc = abs(b - c), abs(a - c), abs(a + b - 2 * c)
                out.append((v - (0, a, b, (a + b) // 2, a if pa <= pb and pa <= pc else b if pb <= pc else c)[f]) & 255)
            raw += bytes([f]) + bytes(out); before = bytes(row)
        return raw
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)] if interlace else [(0, 0, 1, 1)]
    data = b"".join(lines(range(x, W, dx), range(y, H, dy)) for x, y, dx, dy in passes if x < W and y < H)
    header = struct.pack(">IIBBBBB", W, H, depth, kind, 0, 0, int(interlace))
    put(name, b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(data, 9)) + chunk(b"IEND", b""))

wild = lambda x, y, c: x * 5003 + y * 7919 + c * 12345 + x * y * 331
png("rgb16.png", 16, 2, 3, wild); png("rgba16.png", 16, 6, 4, wild); png("grey-alpha16.png", 16, 4, 2, wild); png("grey16.png", 16, 0, 1, wild)
png("grey16-dark.png", 16, 0, 1, lambda x, y, c: x * 17 + y * 3, interlace=True)
png("grey16-clear.png", 16, 0, 1, wild, extra=chunk(b"tRNS", struct.pack(">H", wild(1, 1, 0) & 65535)))
png("rgb16-interlaced.png", 16, 2, 3, wild, interlace=True); png("rgb-interlaced.png", 8, 2, 3, wild, interlace=True)
png("gamma.png", 8, 2, 3, wild, extra=chunk(b"gAMA", struct.pack(">I", 100000)))
png("grey1.png", 1, 0, 1, lambda x, y, c: x * y // 3); png("grey2.png", 2, 0, 1, lambda x, y, c: x + y); png("grey4.png", 4, 0, 1, lambda x, y, c: x * y)
png("grey1-interlaced.png", 1, 0, 1, lambda x, y, c: x ^ y, interlace=True)
few = bytes(sum([[i * 16, 255 - i * 7, i * 3] for i in range(16)], [])); many = bytes(sum([[i, 255 - i, i * 5 % 256] for i in range(256)], []))
for d in (1, 2, 4): png(f"palette{d}.png", d, 3, 1, lambda x, y, c: x * 3 + y, extra=chunk(b"PLTE", few[:3 << d]))
png("palette2-interlaced.png", 2, 3, 1, lambda x, y, c: x * 3 + y, extra=chunk(b"PLTE", few[:12]), interlace=True)
png("palette8-interlaced.png", 8, 3, 1, lambda x, y, c: x * 17 + y * 3, extra=chunk(b"PLTE", many), interlace=True)

save("rgb.webp", rgb, quality=80); save("lossless.webp", rgb, lossless=True); save("alpha.webp", rgba, quality=80)
save("alpha-lossless.webp", rgba, lossless=True, exact=True)
save("animated.webp", rgba, save_all=True, append_images=[rgba.transpose(0)], duration=50, lossless=True, exact=True)
save("palette.gif", pal); save("clear.gif", pal, transparency=pal.getpixel((4, 4))); save("grey.gif", grey); save("interlaced.gif", pal, interlace=1)
save("animated.gif", pal, save_all=True, append_images=[pal.transpose(0)], duration=50)

def gif(name, frame, shared, own, clear):
    """A GIF by hand whose one frame (x, y, w, h) may leave a part of the screen open."""
    x0, y0, w, h = frame
    out = b"GIF89a" + struct.pack("<HHBBB", W, H, 0x82 if shared else 0, 1, 0) + (shared or b"")
    if clear is not None: out += b"\x21\xf9\x04\x01\0\0" + bytes([clear]) + b"\0"
    out += b"\x2c" + struct.pack("<HHHHB", x0, y0, w, h, 0x82 if own else 0) + (own or b"")
    acc, n, codes, k = 8, 4, bytearray(), 0
    for code in [(x * 3 + y) % 8 for y in range(h) for x in range(w)] + [9]:
        if k == 6 and code != 9: acc |= 8 << n; n += 4; k = 0
        acc |= code << n; n += 4; k += 1
        while n >= 8: codes.append(acc & 255); acc >>= 8; n -= 8
    if n: codes.append(acc & 255)
    put(name, out + b"\x03" + bytes([len(codes)]) + bytes(codes) + b"\0\x3b")

one, two = bytes(range(10, 34)), bytes(range(200, 224))
gif("part.gif", (2, 3, 6, 5), one, None, None); gif("part-clear.gif", (2, 3, 6, 5), one, None, 5); gif("own.gif", (0, 0, W, H), one, two, None)
gif("own-clear.gif", (0, 0, W, H), one, two, 2); gif("part-own.gif", (2, 3, 6, 5), one, two, None); gif("only-own-clear.gif", (1, 1, 9, 9), None, two, 2)

save("rgb.bmp", rgb); save("palette.bmp", pal); save("grey.bmp", grey); save("one.bmp", grey.convert("1"))

def bmp(name, bits, compression, row, masks=b"", flip=False, size=40, palette=b""):
    data = b"".join((r := row(y)) + b"\0" * (-len(r) % 4) for y in range(H))
    head = struct.pack("<IiiHHIIiiII", size, W, -H if flip else H, 1, bits, compression, len(data), 2835, 2835, len(palette) // 4, 0)
    head += masks + b"\0" * (size - 40 - len(masks))
    put(name, b"BM" + struct.pack("<IHHI", 14 + len(head) + len(palette) + len(data), 0, 0, 14 + len(head) + len(palette)) + head + palette + data)

row16 = lambda y: b"".join(struct.pack("<H", (x * 2357 + y * 911) & 65535) for x in range(W))
row32 = lambda y: b"".join(struct.pack("<I", (x * 2357123 + y * 91177771) & 0xffffffff) for x in range(W))
bmp("555.bmp", 16, 0, row16); bmp("565.bmp", 16, 3, row16, masks=struct.pack("<III", 0xf800, 0x7e0, 0x1f))
bmp("32.bmp", 32, 0, row32); bmp("32-flipped.bmp", 32, 0, row32, flip=True)
bmp("32-alpha.bmp", 32, 3, row32, masks=struct.pack("<IIII", 0xff0000, 0xff00, 0xff, 0xff000000), size=108)

cmyk = rgb.convert("CMYK").point(lambda v: v * 3 // 4 + 20)
for kind in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"): save(f"rgb-{kind.split('_')[-1]}.tif", rgb, compression=kind)
save("rgb-jpeg.tif", rgb, compression="jpeg", quality=90)
save("rgba.tif", rgba); save("grey.tif", grey, compression="tiff_lzw"); save("grey-alpha.tif", la); save("palette.tif", pal); save("cmyk.tif", cmyk)
save("one.tif", grey.convert("1")); save("one-group4.tif", grey.convert("1"), compression="group4"); save("one-group3.tif", grey.convert("1"), compression="group3")
for o in range(1, 9): save(f"turned{o}.tif", rgb, tiffinfo={274: o})

def tiff(name, order, bits, photo, channels, value, extra=(), planar=False, tile=None, colours=None, packed=False, strip=4):
    """A TIFF by hand: any depth, both orders of bytes, strips or tiles, planes side by side or one by one."""
    def lines(xs, ys, cs):
        raw = b""
        for y in ys:
            acc, n, row = 0, 0, bytearray()
            for x in xs:
                for c in cs:
                    v = value(x, y, c) & ((1 << bits) - 1)
                    if bits == 16: row += struct.pack(order + "H", v); continue
                    acc = acc << bits | v; n += bits
                    while n >= 8: row.append(acc >> (n - 8) & 255); n -= 8; acc &= (1 << n) - 1
            if n: row.append(acc << (8 - n) & 255)
            raw += bytes(row)
        return zlib.compress(raw) if packed else raw
    tw, th = tile or (W, strip)
    pieces = [lines(range(x, x + tw), range(y, y + th if tile else min(H, y + th)), cs) for cs in ([[c] for c in range(channels)] if planar else [range(channels)])
              for y in range(0, H, th) for x in range(0, W, tw)]
    tags = [(256, 3, [W]), (257, 3, [H]), (258, 3, [bits] * channels), (259, 3, [8 if packed else 1]), (262, 3, [photo]), (277, 3, [channels]), (284, 3, [2 if planar else 1])]
    if extra: tags.append((338, 3, list(extra)))
    if colours: tags.append((320, 3, colours))
    tags += [(322, 3, [tw]), (323, 3, [th])] if tile else [(278, 3, [th])]
    places, lengths = (324, 325) if tile else (273, 279)
    tags += [(places, 4, [0] * len(pieces)), (lengths, 4, [len(piece) for piece in pieces])]
    tags.sort()
    more = 8 + 2 + 12 * len(tags) + 4
    begin = more + sum(len(v) * (2 if t == 3 else 4) for _, t, v in tags if len(v) * (2 if t == 3 else 4) > 4)
    at = {places: [begin + sum(map(len, pieces[:i])) for i in range(len(pieces))]}
    head, tail = b"", b""
    for tag, kind, values in tags:
        data = struct.pack(f"{order}{len(values)}{'H' if kind == 3 else 'L'}", *at.get(tag, values))
        head += struct.pack(order + "HHL", tag, kind, len(values)) + (data.ljust(4, b"\0") if len(data) <= 4 else struct.pack(order + "L", more + len(tail)))
        if len(data) > 4: tail += data
    put(name, (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "LH", 8, len(tags)) + head + b"\0" * 4 + tail + b"".join(pieces))

tiff("grey16.tif", "<", 16, 1, 1, wild); tiff("grey16-big.tif", ">", 16, 1, 1, lambda x, y, c: x * 17 + y * 3, packed=True)
tiff("grey4.tif", "<", 4, 1, 1, lambda x, y, c: x * y); tiff("grey2-white.tif", ">", 2, 0, 1, lambda x, y, c: x + y); tiff("grey-white.tif", "<", 8, 0, 1, wild)
tiff("one-white.tif", "<", 1, 0, 1, lambda x, y, c: x * y // 3)
tiff("rgb16.tif", "<", 16, 2, 3, wild); tiff("rgb16-big.tif", ">", 16, 2, 3, wild, packed=True); tiff("rgb-tiles.tif", "<", 8, 2, 3, wild, tile=(16, 16), packed=True)
tiff("rgb-planes.tif", "<", 8, 2, 3, wild, planar=True, packed=True); tiff("rgb-planes-tiles.tif", ">", 8, 2, 3, wild, planar=True, tile=(16, 16), packed=True)
tiff("rgba-premultiplied.tif", "<", 8, 2, 4, lambda x, y, c: 16 * x if c == 3 else 16 * x * y // 12, extra=[1])
tiff("rgb-five.tif", "<", 8, 2, 5, wild, extra=[0, 0]); tiff("cmyk-planes.tif", "<", 8, 5, 4, wild, planar=True, packed=True)
tiff("palette4.tif", "<", 4, 3, 1, lambda x, y, c: x * 3 + y, colours=[v * 4001 % 65536 for v in range(48)])

sha = lambda data: hashlib.sha256(bytes(data)).hexdigest()
expected = {"pillow": PIL.__version__, "pictures": {}, "upright": {}, "labels": {}, "crops": {}, "masks": {}}
for name in sorted(f for f in os.listdir(".") if f.split(".")[-1] in ("jpg", "png", "webp", "gif", "bmp", "tif")):
    im = Image.open(name)
    expected["pictures"][name] = sha(im.convert("RGB").tobytes())
    if name.startswith("exif"): expected["upright"][name] = sha(ImageOps.exif_transpose(im).convert("RGB").tobytes())
    if im.mode in ("P", "L") and name.endswith(".png") and not name.startswith(("grey2", "grey4")): expected["labels"][name] = sha(im.getdata())

def crop(im, size, how):
    """torchvision's Resize and CenterCrop for a Pillow image."""
    w, h = im.size
    short, long = min(w, h), max(w, h)
    rest = int(size * long / short)
    im = im.resize((size, rest) if w <= h else (rest, size), how)
    left, top = int(round((im.width - size) / 2.0)), int(round((im.height - size) / 2.0))
    return im.crop((left, top, left + size, top + size))

for w, h, size in [(500, 375, 224), (375, 500, 224), (64, 64, 224), (224, 224, 224), (225, 224, 224), (224, 227, 224), (13, 11, 224), (1000, 37, 224),
                   (1, 1, 8), (1, 3, 8), (3, 1, 5), (333, 500, 32), (640, 480, 336), (901, 677, 7), (50, 40, 1), (449, 448, 224), (1999, 1333, 224)]:
    im = Image.new("RGB", (w, h))
    im.putdata([(x * y + 3 * x & 255, x * x + 7 * y >> 2 & 255, 255 * (x // 3 + y // 5 & 1)) for y in range(h) for x in range(w)])
    expected["crops"][f"{w}x{h}-{size}"] = sha(crop(im, size, Image.BICUBIC).tobytes())
    expected["masks"][f"{w}x{h}-{size}"] = sha(crop(im.getchannel(0), size, Image.NEAREST).tobytes())
json.dump(expected, open("expected.json", "w"), indent=1)
