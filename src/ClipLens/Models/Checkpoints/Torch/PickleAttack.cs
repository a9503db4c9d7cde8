namespace ClipLens.Models.Checkpoints.Torch;

/// <summary>
/// Functions that a pickle names for what they would do on loading, and that no checkpoint has a use for. ClipLens would not call them
/// either way; a file with one is refused by its name, because weights from whoever made it are not to be trusted.
/// </summary>
internal static class PickleAttack
{
    // Modules that run programs, open files and sockets, or load further code.
    private static readonly HashSet<string> Modules =
    [
        "os", "posix", "nt", "subprocess", "sys", "shutil", "runpy", "importlib", "pty", "socket", "ctypes", "webbrowser", "code", "codeop",
        "pdb", "bdb", "timeit", "cProfile", "profile", "pip", "ensurepip", "pickle", "_pickle", "marshal", "commands", "popen2", "tempfile",
        "urllib", "urllib2", "requests", "http", "ftplib", "telnetlib", "smtplib", "asyncio", "multiprocessing", "signal", "gc", "inspect",
    ];

    private static readonly HashSet<string> Functions =
        ["torch.load", "torch.jit.load", "torch.hub.load", "numpy.load", "joblib.load", "operator.attrgetter", "operator.methodcaller"];

    // The names of plain values among Python's own functions.
    private static readonly HashSet<string> Builtins =
    [
        "object", "int", "float", "complex", "bool", "str", "bytes", "bytearray", "tuple", "list", "dict", "set", "frozenset", "slice",
        "range", "xrange", "long", "unicode", "type", "Ellipsis", "NotImplemented",
    ];

    /// <summary>Whether this is such a function.</summary>
    public static bool Names(PickleGlobal global)
    {
        string package = global.Module.Split('.', 2)[0];
        return package is "builtins" or "__builtin__" ? !Builtins.Contains(global.Name)
            && !global.Name.EndsWith("Error", StringComparison.Ordinal)
            : Modules.Contains(package) || Functions.Contains(global.FullName);
    }
}
