using System.Numerics;
using ClipLens.Models.Checkpoints.Torch;

namespace ClipLens.Tests.Models.Checkpoints;

/// <summary>Pickles of Python's own, one object in several protocols.</summary>
public class PickleReaderTests
{
    // {"n": None, "t": True, "f": False, "i": [0, 255, 256, 65535, 65536, -1, -2**31, 2**31, 2**62, -2**63, 2**70, -2**70],
    //  "d": [0.1, -1e300], "s": "ü€𝄞", "b": b"\x00\xff'", "tup": ((), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)), "set": {7},
    //  "od": OrderedDict([("k", shared), ("l", shared)]), 5: "five"} with shared = ["é", "\\n\n"], by pickle.dumps of Python 3.
    [Theory]
    [InlineData("KGRwMApWbgpwMQpOc1Z0CnAyCkkwMQpzVmYKcDMKSTAwCnNWaQpwNAoobHA1CkkwCmFJMjU1CmFJMjU2CmFJNjU1MzUKYUk2NTUzNgphSS0xCmFJLTIxNDc0ODM2NDgKYUwyMTQ3NDgzNjQ4TAphTDQ2MTE2ODYwMTg0MjczODc5MDRMCmFMLTkyMjMzNzIwMzY4NTQ3NzU4MDhMCmFMMTE4MDU5MTYyMDcxNzQxMTMwMzQyNEwKYUwtMTE4MDU5MTYyMDcxNzQxMTMwMzQyNEwKYXNWZApwNgoobHA3CkYwLjEKYUYtMWUrMzAwCmFzVnMKcDgKVvxcdTIwYWNcVTAwMDFkMTFlCnA5CnNWYgpwMTAKY19jb2RlY3MKZW5jb2RlCnAxMQooVlx1MDAwMP8nCnAxMgpWbGF0aW4xCnAxMwp0cDE0ClJwMTUKc1Z0dXAKcDE2CigodChJMQp0cDE3CihJMQpJMgp0cDE4CihJMQpJMgpJMwp0cDE5CihJMQpJMgpJMwpJNAp0cDIwCnRwMjEKc1ZzZXQKcDIyCmNfX2J1aWx0aW5fXwpzZXQKcDIzCigobHAyNApJNwphdHAyNQpScDI2CnNWb2QKcDI3CmNjb2xsZWN0aW9ucwpPcmRlcmVkRGljdApwMjgKKHRScDI5ClZrCnAzMAoobHAzMQpW6QpwMzIKYVZcdTAwNWNuXHUwMDBhCnAzMwphc1ZsCnAzNApnMzEKc3NJNQpWZml2ZQpwMzUKcy4=")]
    [InlineData("gAJ9cQAoWAEAAABucQFOWAEAAAB0cQKIWAEAAABmcQOJWAEAAABpcQRdcQUoSwBL/00AAU3//0oAAAEASv////9KAAAAgIoFAAAAgACKCAAAAAAAAABAiggAAAAAAAAAgIoJAAAAAAAAAABAigkAAAAAAAAAAMBlWAEAAABkcQZdcQcoRz+5mZmZmZmaR/435DyIAHWcZVgBAAAAc3EIWAkAAADDvOKCrPCdhJ5xCVgBAAAAYnEKY19jb2RlY3MKZW5jb2RlCnELWAQAAAAAw78ncQxYBgAAAGxhdGluMXENhnEOUnEPWAMAAAB0dXBxECgpSwGFcRFLAUsChnESSwFLAksDh3ETKEsBSwJLA0sEdHEUdHEVWAMAAABzZXRxFmNfX2J1aWx0aW5fXwpzZXQKcRddcRhLB2GFcRlScRpYAgAAAG9kcRtjY29sbGVjdGlvbnMKT3JkZXJlZERpY3QKcRwpUnEdKFgBAAAAa3EeXXEfKFgCAAAAw6lxIFgDAAAAXG4KcSFlWAEAAABscSJoH3VLBVgEAAAAZml2ZXEjdS4=")]
    [InlineData("gAN9cQAoWAEAAABucQFOWAEAAAB0cQKIWAEAAABmcQOJWAEAAABpcQRdcQUoSwBL/00AAU3//0oAAAEASv////9KAAAAgIoFAAAAgACKCAAAAAAAAABAiggAAAAAAAAAgIoJAAAAAAAAAABAigkAAAAAAAAAAMBlWAEAAABkcQZdcQcoRz+5mZmZmZmaR/435DyIAHWcZVgBAAAAc3EIWAkAAADDvOKCrPCdhJ5xCVgBAAAAYnEKQwMA/ydxC1gDAAAAdHVwcQwoKUsBhXENSwFLAoZxDksBSwJLA4dxDyhLAUsCSwNLBHRxEHRxEVgDAAAAc2V0cRJjYnVpbHRpbnMKc2V0CnETXXEUSwdhhXEVUnEWWAIAAABvZHEXY2NvbGxlY3Rpb25zCk9yZGVyZWREaWN0CnEYKVJxGShYAQAAAGtxGl1xGyhYAgAAAMOpcRxYAwAAAFxuCnEdZVgBAAAAbHEeaBt1SwVYBAAAAGZpdmVxH3Uu")]
    [InlineData("gAWVFwEAAAAAAAB9lCiMAW6UTowBdJSIjAFmlImMAWmUXZQoSwBL/00AAU3//0oAAAEASv////9KAAAAgIoFAAAAgACKCAAAAAAAAABAiggAAAAAAAAAgIoJAAAAAAAAAABAigkAAAAAAAAAAMBljAFklF2UKEc/uZmZmZmZmkf+N+Q8iAB1nGWMAXOUjAnDvOKCrPCdhJ6UjAFilEMDAP8nlIwDdHVwlCgpSwGFlEsBSwKGlEsBSwJLA4eUKEsBSwJLA0sEdJR0lIwDc2V0lI+UKEsHkIwCb2SUjAtjb2xsZWN0aW9uc5SMC09yZGVyZWREaWN0lJOUKVKUKIwBa5RdlCiMAsOplIwDXG4KlGWMAWyUaBp1SwWMBGZpdmWUdS4=")]
    public void Containers_and_plain_values_of_every_protocol(string base64)
    {
        var root = Assert.IsType<PickleDict>(PickleReader.Read(Convert.FromBase64String(base64), "x"));
        var named = root.Named;
        Assert.Equal((null, true, false), (named["n"], named["t"], named["f"]));
        Assert.Equal(new object[] { 0L, 255L, 256L, 65535L, 65536L, -1L, -(1L << 31), 1L << 31, 1L << 62, long.MinValue,
            BigInteger.One << 70, -(BigInteger.One << 70) },
            (List<object?>)named["i"]!);
        Assert.Equal(new object[] { 0.1, -1e300 }, (List<object?>)named["d"]!);
        Assert.Equal("ü€𝄞", named["s"]);
        Assert.Equal(new byte[] { 0, 255, (byte)'\'' }, named["b"]);
        Assert.Equal([[], [1L], [1L, 2L], [1L, 2L, 3L], [1L, 2L, 3L, 4L]], ((object?[])named["tup"]!).Cast<object?[]>().ToArray());
        Assert.Equal([7L], (List<object?>)named["set"]!);
        var inner = Assert.IsType<PickleDict>(named["od"]);
        Assert.Equal(["é", "\\n\n"], (List<object?>)inner.Named["k"]!);
        Assert.Same(inner.Named["k"], inner.Named["l"]);
        Assert.Equal((5L, "five"), (root.Pairs[^1].Key, root.Pairs[^1].Value));
    }
}
