using ClipLens.Cli.Output;
using Spectre.Console;

namespace ClipLens.Tests.Cli;

public class OutputTests
{
    private sealed class HandClock : TimeProvider
    {
        private long now;

        public override long TimestampFrequency => 1000;

        public override long GetTimestamp() => now;

        public void Pass(double seconds) => now += (long)(seconds * 1000);
    }

    [Fact]
    public void Progress_in_a_file_is_a_line_now_and_then()
    {
        var clock = new HandClock();
        using var text = new StringWriter { NewLine = "\n" };
        var lines = new ProgressLines(text, clock);
        lines.Report(new("Forward pass", 400, 1000));
        for (int done = 410; done <= 1000; done += 10)
        {
            clock.Pass(done <= 800 ? 0.1 : done <= 820 ? 40 : 2);
            lines.Report(new("Forward pass", done, 1000, done >= 500 ? 3 : 0));
        }
        lines.Report(new("Forward pass", 1000, 1000, 3));
        clock.Pass(1);
        lines.Report(new("Directions", 0, 2));
        clock.Pass(0.5);
        lines.Report(new("Directions", 1, 2));
        clock.Pass(0.5);
        lines.Report(new("Directions", 2, 2));
        Assert.Equal("""
            Forward pass: 400 of 1000
            Forward pass: 500 of 1000 (3 unreadable), 100/s, 5 s left
            Forward pass: 600 of 1000 (3 unreadable), 100/s, 4 s left
            Forward pass: 700 of 1000 (3 unreadable), 100/s, 3 s left
            Forward pass: 800 of 1000 (3 unreadable), 100/s, 2 s left
            Forward pass: 810 of 1000 (3 unreadable), 9.3/s, 21 s left
            Forward pass: 820 of 1000 (3 unreadable), 5.0/s, 36 s left
            Forward pass: 920 of 1000 (3 unreadable), 5.0/s, 16 s left
            Forward pass: 1000 of 1000 (3 unreadable), 5.0/s, took 2 min 00 s
            Directions: 0 of 2
            Directions: 2 of 2, 2.0/s, took 1 s

            """.ReplaceLineEndings("\n"), text.ToString());
    }

    [Fact]
    public void Progress_on_a_terminal_is_a_bar_a_stage()
    {
        using var text = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            Interactive = InteractionSupport.Yes,
            ColorSystem = ColorSystemSupport.NoColors,
            Out = new AnsiConsoleOutput(text),
        });
        console.Profile.Width = 100;
        ProgressBars.Show(console, progress =>
        {
            progress.Report(new("Forward pass", 0, 20));
            progress.Report(new("Forward pass", 20, 20, 1));
            progress.Report(new("Directions [9]", 0, 5));
            progress.Report(new("Directions [9]", 5, 5));
        });
        string last = text.ToString().ReplaceLineEndings("\n").TrimEnd().Split("\n\n")[^1];
        Assert.Matches(@"Forward pass +━{24} +20 of 20 \(1 unreadable\) +[\d.]+/s +took 1 s", last);
        Assert.Matches(@"Directions \[9\] +━{24} +5 of 5 +[\d.]+/s +took 1 s", last);
    }

    [Fact]
    public void A_table_in_a_file_is_plain_columns()
    {
        var table = new ResultTable("Neuron", ">Coefficient", "Texts");
        table.Add("9:391", "-0.25", "a dog");
        table.Add("9:4", "1.50", "red\x1b[31m tile\t");
        using var text = new StringWriter { NewLine = "\n" };
        new Terminal(text, text).Write(table);
        Assert.Equal("""
            Neuron  Coefficient  Texts
            9:391         -0.25  a dog
            9:4            1.50  red�[31m tile�

            """.ReplaceLineEndings("\n"), text.ToString());
    }

    [Theory, InlineData(0.2, "1 s"), InlineData(59, "59 s"), InlineData(59.5, "1 min 00 s"), InlineData(125, "2 min 05 s"),
        InlineData(7500, "2 h 05 min")]
    public void Durations_are_written_for_people(double seconds, string text) =>
    Assert.Equal(text, StageMeter.Duration(TimeSpan.FromSeconds(seconds)));
}
