using ClipLens.Compute;

namespace ClipLens.Cli.Output;

/// <summary>Progress as plain lines for a file: at the ends of a stage, in between every tenth, but not more than one a second nor fewer
/// than two a minute.</summary>
internal sealed class ProgressLines(TextWriter output, TimeProvider time) : IProgress<WorkProgress>
{
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(1), Most = TimeSpan.FromSeconds(30);
    private readonly Lock gate = new();
    private StageMeter? stage;
    private int written;
    private TimeSpan writtenAt;

    public void Report(WorkProgress value)
    {
        lock (gate)
        {
            if (stage?.Includes(value) != true) Begin(value);
            else if (!stage.IsDone) Go(value);
        }
    }

    private void Begin(WorkProgress value)
    {
        stage = new StageMeter(value, time);
        Write($"{value.Stage}: {stage.Count}");
    }

    private void Go(WorkProgress value)
    {
        stage!.Update(value);
        if (stage.IsDone)
        {
            Write($"{value.Stage}: {stage.Count}, {(stage.Pace.Length > 0 ? stage.Pace + ", " : "")}took "
                + $"{StageMeter.Duration(stage.Elapsed)}");
            return;
        }
        var since = stage.Elapsed - writtenAt;
        bool isTenth = (value.Done - written) * 10L >= value.Total;
        if ((isTenth && since >= Least) || since >= Most)
            Write($"{value.Stage}: {stage.Count}, {stage.Pace}, {StageMeter.Duration(stage.Left ?? TimeSpan.Zero)} left");
    }

    private void Write(string line)
    {
        output.WriteLine(line);
        (written, writtenAt) = (stage!.Latest.Done, stage.Elapsed);
    }
}
