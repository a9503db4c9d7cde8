using System.Reflection;

namespace ClipLens.Tests.House;

/// <summary>No public property or field of the library or the scenes hands out an array, which anyone could write to.</summary>
public sealed class ClosedResultTests
{
    [Fact]
    public void No_public_value_is_an_array() =>
        Assert.Empty(Arrays(typeof(ClipLensException).Assembly).Concat(Arrays(typeof(ClipLens.Scenes.Scene).Assembly)));

    [Fact]
    public void An_open_array_is_found() => Assert.Equal(
        [nameof(Open.Given), nameof(Open.Listed), nameof(Open.Kept)],
        Values(typeof(Open)).Where(value => HoldsArray(value.Type)).Select(value => value.Name));

    private static IEnumerable<string> Arrays(Assembly assembly) =>
        from type in assembly.GetExportedTypes()
        from value in Values(type)
        where HoldsArray(value.Type)
        select $"{type.FullName}.{value.Name}";

    private static IEnumerable<(string Name, Type Type)> Values(Type type)
    {
        const BindingFlags All = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        return type.GetProperties(All).Where(property => property.GetMethod?.IsPublic == true)
            .Select(property => (property.Name, property.PropertyType))
            .Concat(type.GetFields(All).Select(field => (field.Name, field.FieldType)));
    }

    private static bool HoldsArray(Type type) => type.IsArray || type.GenericTypeArguments.Any(HoldsArray);

    private sealed class Open
    {
        public int[] Given { get; } = [];

        public IReadOnlyList<float[,]> Listed { get; } = [];

        public ReadOnlyMemory<int> Closed { get; }

#pragma warning disable CA1051 // A field to be found.
        public byte[] Kept = [];
#pragma warning restore CA1051
    }
}
