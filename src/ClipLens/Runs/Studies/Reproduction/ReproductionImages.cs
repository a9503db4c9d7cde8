using ClipLens.Labels;
using ClipLens.Models.Images;

namespace ClipLens.Runs.Studies.Reproduction;

/// <summary>The images and classes of a reproduction: ImageNet's folders, or any of the same layout.</summary>
internal static class ReproductionImages
{
    /// <summary>Every n-th training image, in order of their names, and of those a share; and what was left out of them, if anything
    /// was.</summary>
    public static (IReadOnlyList<ImageEntry> Images, string? LeftOut) Training(ReproductionSettings settings)
    {
        var all = ImageList.Find(settings.Train);
        return (EveryNth([.. all], Math.Max(1, settings.Every / settings.Share)), all.LeftOutSentence);
    }

    /// <summary>The classes' names and the labelled validation images.</summary>
    public static (IReadOnlyList<string> Classes, LabelledImages Images) Validation(ReproductionSettings settings)
    {
        var (classes, images) = LabelledPictures.Read(settings.Validation, settings.Labels, settings.Classes);
        int[] chosen = [.. EveryNth([.. Enumerable.Range(0, images.Entries.Count)], 1 / settings.Share)];
        return (classes, images with
        {
            Entries = [.. chosen.Select(i => images.Entries[i])],
            Labels = [.. chosen.Select(i => images.Labels[i])]
        });
    }

    /// <summary>ImageNet-R, whose folders are some of the validation images' classes: these classes' names and the labelled
    /// images.</summary>
    public static (IReadOnlyList<string> Classes, LabelledImages Images)? Rendition(ReproductionSettings settings,
        IReadOnlyList<string> classes)
    {
        if (settings.Rendition is not { } folder) return null;
        if (settings.Labels is not null)
            throw new SettingException(nameof(settings.Labels),
                $"ImageNet-R in {folder} needs validation images in a folder a class, because its folders are told by theirs; leave out "
                + "the labels.");
        var all = ClassNames.FoldersOf(settings.Validation).Select((name, i) => (name, i))
            .ToDictionary(pair => pair.name, pair => pair.i, StringComparer.Ordinal);
        var own = ClassNames.FoldersOf(folder);
        if (own.FirstOrDefault(name => !all.ContainsKey(name)) is { } other)
            throw new ClipLensException($"{folder} has the folder {other}, which is none of the classes of {settings.Validation}; name "
            + "both as ImageNet does.");
        var images = ClassNames.Sorted(folder);
        int[] chosen = [.. EveryNth([.. Enumerable.Range(0, images.Entries.Count)], 1 / settings.Share)];
        return ([.. own.Select(name => classes[all[name]])],
            images with { Entries = [.. chosen.Select(i => images.Entries[i])], Labels = [.. chosen.Select(i => images.Labels[i])] });
    }

    private static List<T> EveryNth<T>(IReadOnlyList<T> all, double step)
    {
        var chosen = new List<T>();
        for (int i = 0; (int)(i * step) < all.Count; i++) chosen.Add(all[(int)(i * step)]);
        return chosen;
    }
}
