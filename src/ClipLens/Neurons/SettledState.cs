using System.Text;
using ClipLens.Files;

namespace ClipLens.Neurons;

/// <summary>
/// A saved state that is brought to the disk behind the back of who saved it. A killed process loses nothing by that, for the system has
/// what was written; a machine that loses power, or another one that takes the work up, may see less. So as long as it is not settled a
/// mark lies beside the state with the name of the machine's present run, and elsewhere the state is not trusted.
/// </summary>
internal sealed class SettledState : IDisposable
{
    private const string BootFile = "/proc/sys/kernel/random/boot_id";
    private readonly string mark;
    private readonly Action flush;
    private readonly Lock gate = new();
    private Task settling = Task.CompletedTask;
    private int saves;

    /// <param name="mark">Path of the mark.</param>
    /// <param name="flush">Brings all that is written to the disk; called on another thread.</param>
    public SettledState(string mark, Action flush) => (this.mark, this.flush) = (mark, flush);

    /// <summary>Whether the state that is there is one to go on from.</summary>
    public bool IsTrusted => !File.Exists(mark) || Boot is { } boot && File.ReadAllText(mark) == boot;

    private static string? Boot => File.Exists(BootFile) ? File.ReadAllText(BootFile).Trim() : null;

    /// <summary>Saves the state.</summary>
    /// <param name="save">Writes it, waiting for the disk or not.</param>
    public void Save(Action<bool> save)
    {
        if (Boot is not { } boot)
        {
            // Nothing tells one run of the machine from another.
            flush();
            save(true);
            return;
        }
        lock (gate)
        {
            saves++;
            if (!IsTrusted || !File.Exists(mark)) AtomicFile.Write(mark, Encoding.UTF8.GetBytes(boot));
        }
        save(false);
        if (!settling.IsCompleted) return;
        settling.GetAwaiter().GetResult();
        settling = Task.Run(Settle);
    }

    /// <summary>Waits until what was saved is on the disk.</summary>
    public void Wait()
    {
        settling.GetAwaiter().GetResult();
        if (File.Exists(mark)) Settle();
    }

    /// <summary>Waits for what is under way.</summary>
    public void Dispose() => settling.ContinueWith(_ => { }, TaskScheduler.Default).GetAwaiter().GetResult();

    private void Settle()
    {
        int seen = Volatile.Read(ref saves);
        flush();
        lock (gate)
            if (saves == seen) File.Delete(mark);
    }
}
