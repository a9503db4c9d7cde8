using ClipLens.Compute;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace ClipLens.Cli.Output;

/// <summary>Progress as bars on a terminal, one a stage: count, speed, time left.</summary>
internal sealed class ProgressBars(ProgressContext context) : IProgress<WorkProgress>
{
    private readonly Lock gate = new();
    private ProgressTask? task;

    /// <summary>Does the work under the bars.</summary>
    public static void Show(IAnsiConsole console, Action<IProgress<WorkProgress>> work) =>
        new Progress(console).Columns(
            new TaskDescriptionColumn { Alignment = Justify.Left },
            new ProgressBarColumn { Width = 24 },
            new MeterColumn(meter => meter.Count),
            new MeterColumn(meter => meter.Pace),
            new MeterColumn(meter => meter.IsDone ? $"took {StageMeter.Duration(meter.Elapsed)}"
                : meter.Left is { } left ? $"{StageMeter.Duration(left)} left" : ""))
        .Start(context => work(new ProgressBars(context)));

    public void Report(WorkProgress value)
    {
        lock (gate)
        {
            if ((task?.Tag as StageMeter)?.Includes(value) != true) Begin(value);
            ((StageMeter)task!.Tag!).Update(value);
            task.Value = value.Done;
        }
    }

    private void Begin(WorkProgress value)
    {
        task = context.AddTask(Markup.Escape(value.Stage), maxValue: Math.Max(1, value.Total));
        task.Tag = new StageMeter(value, TimeProvider.System);
    }

    private sealed class MeterColumn(Func<StageMeter, string> show) : ProgressColumn
    {
        protected override bool NoWrap => true;

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            new Text(task.Tag is StageMeter meter ? show(meter) : "");
    }
}
