namespace ClipLens.Neurons;

/// <summary>The candidates of a neuron while images come: a length between two bounds each, and what is to be remembered of
/// it.</summary>
/// <param name="top">Images k that are looked for.</param>
/// <param name="outside">By how much a length may be wrong besides what its measurement tells.</param>
internal sealed class RunningTop<T>(int top, float outside)
{
    private readonly PriorityQueue<float, float> lowers = new();
    private List<(CandidateImage Image, float Upper, T Own)> images = [];

    /// <summary>The k-th largest of the lower bounds.</summary>
    public float Least => lowers.Count < top ? float.NegativeInfinity : lowers.Peek();

    /// <summary>All candidates, in the order of the images.</summary>
    public List<(CandidateImage Image, float Upper, T Own)> Candidates()
    {
        Prune();
        images.Sort((a, b) => a.Image.Index.CompareTo(b.Image.Index));
        return images;
    }

    /// <summary>Whether an image of this length may be a candidate.</summary>
    public bool Reaches(Measurement measured) => measured.Upper + outside >= Least;

    /// <summary>Takes an image in that may be a candidate.</summary>
    public void Add(CandidateImage image, Measurement measured, T own)
    {
        var (lower, upper) = (measured.Lower - outside, measured.Upper + outside);
        if (lowers.Count < top) lowers.Enqueue(lower, lower);
        else if (lower > lowers.Peek()) lowers.EnqueueDequeue(lower, lower);
        images.Add((image, upper, own));
        if (images.Count > 4 * top + 64 && images.Count % 64 == 0) Prune();
    }

    private void Prune()
    {
        float least = Least;
        images = [.. images.Where(image => image.Upper >= least)];
    }
}
