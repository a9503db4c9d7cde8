using ClipLens.Compute;

namespace ClipLens.Tests.Support;

/// <summary>The device that the tests of devices run on: what the environment variable <c>CLIPLENS_DEVICE</c> names.</summary>
internal static class TestDevice
{
    private static readonly string? Name = Environment.GetEnvironmentVariable("CLIPLENS_DEVICE");

    public static readonly IReadOnlyCollection<KeyValuePair<string, string>> Tier = [new("Tier", "Golden")];

    public static string? WhyNot => Name is null ? "needs CLIPLENS_DEVICE, such as cuda" : SharedData.Root is null ? SharedData.Missing
        : null;

    public static Placement Place(string type = "float32") => Placement.Find(Name!, type);

    public static string[] Options(string type = "float32") => ["--device", Name!, "--dtype", type];
}

/// <summary>A test on a device, skipped where none was named.</summary>
internal sealed class DeviceFactAttribute : FactAttribute, Xunit.v3.ITraitAttribute
{
    public DeviceFactAttribute([System.Runtime.CompilerServices.CallerFilePath] string? file = null,
        [System.Runtime.CompilerServices.CallerLineNumber] int line = 0) : base(file, line) => Skip = TestDevice.WhyNot;

    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => TestDevice.Tier;
}

/// <summary>The same for several cases.</summary>
internal sealed class DeviceTheoryAttribute : TheoryAttribute, Xunit.v3.ITraitAttribute
{
    public DeviceTheoryAttribute([System.Runtime.CompilerServices.CallerFilePath] string? file = null,
        [System.Runtime.CompilerServices.CallerLineNumber] int line = 0) : base(file, line) => Skip = TestDevice.WhyNot;

    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => TestDevice.Tier;
}
