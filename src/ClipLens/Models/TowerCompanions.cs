namespace ClipLens.Models;

/// <summary>What others work out from a tower's weights once for all: made at the first call, the same at every later one, and disposed
/// with the tower.</summary>
internal sealed class TowerCompanions : IDisposable
{
    private readonly List<IDisposable> companions = [];

    public T Get<T>(Func<T> make) where T : class, IDisposable
    {
        lock (companions)
        {
            var companion = companions.OfType<T>().FirstOrDefault();
            if (companion is null) companions.Add(companion = make());
            return companion;
        }
    }

    public void Dispose()
    {
        foreach (var companion in companions) companion.Dispose();
    }
}
