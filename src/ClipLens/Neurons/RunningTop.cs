namespace ClipLens.Neurons;

/// <summary>The candidates of a neuron while images come: a length between two bounds each, and what is to be remembered of
/// it.</summary>
internal sealed class RunningTop<T>(int top)
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

    /// <summary>Whether an image that is no longer than this may be a candidate.</summary>
    public bool Reaches(float upper) => upper >= Least;

    /// <summary>Takes an image in, if it may be a candidate.</summary>
    /// <param name="image">The image.</param>
    /// <param name="measured">Its length.</param>
    /// <param name="outside">By how much this may be wrong besides.</param>
    /// <param name="own">What is to be remembered of it.</param>
    public void Add(CandidateImage image, Measurement measured, float outside, T own)
    {
        var (lower, upper) = (measured.Lower - outside, measured.Upper + outside);
        if (!Reaches(upper)) return;
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
