using System.Reflection;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.House;

/// <summary>Every test says its tier: those that need the shared material are golden, those that start processes say so.</summary>
public sealed class TierTests
{
    private static readonly Type[] Own = typeof(TierTests).Assembly.GetTypes();

    [Fact]
    public void Classes_that_start_processes_are_of_the_tier_Process() => Assert.Empty(Classes()
        .Where(type => References(type).Any(used => used == typeof(OtherProcess) || used == typeof(System.Diagnostics.Process)))
        .Where(type => !HasTier(type, "Process")).Select(type => type.FullName));

    [Fact]
    public void Tests_that_need_the_shared_material_are_of_the_tier_Golden()
    {
        var shared = Classes().SelectMany(Tests).Where(test => test.GetCustomAttribute<FactAttribute>() is SharedFactAttribute
            or SharedTheoryAttribute).ToList();
        Assert.NotEmpty(shared);
        Assert.Empty(shared.Where(test => !HasTier(test, "Golden")).Select(test => $"{test.DeclaringType}.{test.Name}"));
    }

    [Fact]
    public void What_reads_the_shared_material_is_skipped_without_it() => Assert.Empty(Classes()
        .Where(type => References(type).Contains(typeof(SharedData)))
        .Where(type => !Tests(type).Any(test => test.GetCustomAttribute<FactAttribute>() is SharedFactAttribute or SharedTheoryAttribute
            or DeviceFactAttribute or DeviceTheoryAttribute))
        .Select(type => type.FullName));

    private static IEnumerable<Type> Classes() => Own.Where(type => type != typeof(TierTests) && Tests(type).Any());

    private static IEnumerable<MethodInfo> Tests(Type type) => type.GetMethods().Where(method =>
        method.GetCustomAttribute<FactAttribute>() is not null);

    /// <summary>The types that a class and those within it use.</summary>
    private static HashSet<Type> References(Type type) =>
        [.. Own.Where(inner => inner == type || inner.FullName!.StartsWith(type.FullName + "+", StringComparison.Ordinal))
            .SelectMany(TypeReferences.From)];

    private static bool HasTier(MemberInfo member, string tier) => member.GetCustomAttributes()
        .OfType<Xunit.v3.ITraitAttribute>().Any(trait => trait.GetTraits().Contains(new("Tier", tier)));
}
