using ClipLens.Compute;

namespace ClipLens.Cli.Output;

/// <summary>Speed and time left of one stage of a piece of work; what an interrupted run had done before counts for neither.</summary>
internal sealed class StageMeter(WorkProgress first, TimeProvider time)
{
    private readonly long started = time.GetTimestamp();
    private readonly int doneBefore = first.Done;

    private TimeSpan? took;

    /// <summary>The newest report.</summary>
    public WorkProgress Latest { get; private set; } = first;

    /// <summary>Time since the first report, up to the one that completed the stage.</summary>
    public TimeSpan Elapsed => took ?? time.GetElapsedTime(started);

    public bool IsDone => Latest.Done >= Latest.Total;

    /// <summary>Items a second since the first report; null before anything is done.</summary>
    public double? Speed => Latest.Done > doneBefore && Elapsed > TimeSpan.Zero ? (Latest.Done - doneBefore) / Elapsed.TotalSeconds : null;

    /// <summary>Time left at this speed.</summary>
    public TimeSpan? Left => Speed is { } speed ? TimeSpan.FromSeconds((Latest.Total - Latest.Done) / speed) : null;

    /// <summary>Whether a report is of this stage; one that falls back is of another with the same name.</summary>
    public bool Includes(WorkProgress report) => report.Stage == Latest.Stage && report.Total == Latest.Total && report.Done >= Latest.Done;

    /// <summary>Takes the next report.</summary>
    public void Update(WorkProgress report)
    {
        Latest = report;
        if (IsDone) took ??= Elapsed;
    }

    /// <summary>"320 of 1000", "320 of 1000 MB".</summary>
    public string Count => $"{Latest.Done} of {Latest.Total}{Unit}{(Latest.Failed > 0 ? $" ({Latest.Failed} unreadable)" : "")}";

    /// <summary>"152/s", "15.2 MB/s".</summary>
    public string Pace => Latest.Total > 1 && Speed is { } speed
        ? speed.ToString(speed >= 100 ? "0" : speed >= 1 ? "0.0" : "0.00") + $"{Unit}/s" : "";

    private string Unit => Latest.Unit.Length > 0 ? $" {Latest.Unit}" : "";

    /// <summary>"1 min 05 s".</summary>
    public static string Duration(TimeSpan time)
    {
        long seconds = (long)Math.Ceiling(time.TotalSeconds);
        return seconds < 60 ? $"{seconds} s" : seconds < 3600 ? $"{seconds / 60} min {seconds % 60:00} s"
            : $"{seconds / 3600} h {seconds / 60 % 60:00} min";
    }
}
