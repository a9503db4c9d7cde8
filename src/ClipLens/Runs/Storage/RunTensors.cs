using ClipLens.Compute;
using ClipLens.Files;
using static TorchSharp.torch;

namespace ClipLens.Runs.Storage;

/// <summary>A file of arrays of a run, open for reading; what does not fit the run is refused.</summary>
internal sealed class RunTensors : IDisposable
{
    private readonly SafeTensorsFile file;
    private readonly string remedy;

    private RunTensors(string path, string remedy) => (file, this.remedy) = (SafeTensorsFile.Open(path), remedy);

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="remedy">What to do where it does not fit.</param>
    /// <exception cref="ClipLensException">It is missing or damaged.</exception>
    public static RunTensors Open(string path, string remedy = "make the run again, overwriting it")
    {
        FileKind.RefuseSpecial(path);
        return new(path, remedy);
    }

    /// <summary>The shape of a tensor.</summary>
    /// <exception cref="ClipLensException">There is no such tensor.</exception>
    public IReadOnlyList<long> Shape(string name) => file[name].Shape;

    /// <summary>A tensor's values.</summary>
    /// <exception cref="ClipLensException">There is no such tensor, or it has another shape.</exception>
    public T[] Read<T>(string name, params long[] shape) where T : unmanaged
    {
        CheckShape(name, shape);
        return file.Read<T>(name);
    }

    /// <summary>A tensor's values, all of which must be numbers.</summary>
    /// <exception cref="ClipLensException">There is no such tensor, it has another shape, or one of them is none.</exception>
    public float[] Finite(string name, params long[] shape)
    {
        float[] values = Read<float>(name, shape);
        return Vectors.AreFinite(values) ? values : throw NoNumber(name);
    }

    /// <summary>The same as a tensor in float64, for the caller's dispose scope.</summary>
    /// <inheritdoc cref="Finite"/>
    public Tensor Wide(string name, params long[] shape)
    {
        CheckShape(name, shape);
        var values = file.LoadStored(name).to(ScalarType.Float64);
        return values.isfinite().all().item<bool>() ? values : throw NoNumber(name);
    }

    /// <summary>The error of a file that does not fit.</summary>
    public ClipLensException Refusal(string what) => new($"{file.Path} {what}; {remedy}.");

    public void Dispose() => file.Dispose();

    private void CheckShape(string name, long[] shape)
    {
        if (!Shape(name).SequenceEqual(shape))
            throw Refusal($"has the tensor '{name}' of shape {file[name].ShapeText}, which does not fit the run");
    }

    private ClipLensException NoNumber(string name) => Refusal($"has something in the tensor '{name}' that is no number");
}
