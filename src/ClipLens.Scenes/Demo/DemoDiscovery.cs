using ClipLens.Compute;
using ClipLens.Discovery;
using ClipLens.Models.Images;
using ClipLens.Scenes.Language;

namespace ClipLens.Scenes.Demo;

/// <summary>How well the concepts of pictures are found by a method.</summary>
/// <param name="Method">The method.</param>
/// <param name="Precision">Of the first concepts, those that are true of the picture, in percent.</param>
/// <param name="Recall">Of what is to be seen, that which is among the first concepts, in percent.</param>
internal sealed record DiscoveryScore(DiscoveryMethod Method, double Precision, double Recall);

/// <summary>Concepts found in held-out pictures against what these really show.</summary>
internal static class DemoDiscovery
{
    /// <summary>Concepts of a picture that count.</summary>
    private const int First = 5;

    private const int MostPictures = 300;

    /// <summary>The default first, then the paper's rule and the baselines.</summary>
    private static readonly DiscoveryMethod[] Methods = [DiscoveryMethod.Reinforced, DiscoveryMethod.Paper, DiscoveryMethod.Embedding,
        DiscoveryMethod.ZeroShot];

    public static IReadOnlyList<DiscoveryScore> Measure(DemoWork work, IProgress<WorkProgress>? progress, CancellationToken cancellation)
    {
        using var described = work.Run.Described(work.Run.Layers, DemoWork.Pool, work.Settings.Sizes[^1]);
        ImageEntry[] pictures = [.. ImageList.Find(work.HeldOut.Folder).Take(MostPictures)];
        var settings = new DiscoverySettings
        {
            // All methods run over the same pictures; this one needs the mean, so it is checked for it.
            Method = DiscoveryMethod.Embedding,
            Count = First,
            MeanRepresentation = MeanRepresentation.Measure(work.Model, ImageList.Find(work.Pictures.Folder),
                options: new() { Progress = progress, Cancellation = cancellation }),
        };
        using var discovery = new ConceptDiscovery(work.Model, described, settings);
        var found = discovery.Texts(pictures, [.. Methods.Select(method => (method, settings.Weight))], progress, cancellation);
        return [.. Methods.Select((method, m) => Score(method, [.. found.Select(own => (work.HeldOut.Scenes[own.Image],
            own.Methods[m]))]))];
    }

    private static DiscoveryScore Score(DiscoveryMethod method, List<(Scene Scene, IReadOnlyList<IReadOnlyList<int>> Concepts)> pictures)
    {
        int right = 0, told = 0, seen = 0, there = 0;
        foreach (var (scene, concepts) in pictures)
        {
            var first = concepts.Take(First).Select(group => WorldPool.Texts[group[0]].Claims).ToList();
            told += first.Count;
            right += first.Count(claims => claims.IsTrueOf(scene));
            var truth = SceneConcept.ConceptsIn(scene).Select(concept => concept.Name).Distinct().Select(name =>
                WorldPool.Texts.First(text => text.Text == name).Claims).ToList();
            there += truth.Count;
            seen += truth.Count(concept => first.Any(claims => Says(claims, concept)));
        }
        return new(method, 100.0 * right / Math.Max(1, told), 100.0 * seen / Math.Max(1, there));
    }

    /// <summary>Whether two single words mean the same.</summary>
    private static bool Says(CaptionClaims one, CaptionClaims other) => one.Background == other.Background
        && one.Objects.SequenceEqual(other.Objects);
}
