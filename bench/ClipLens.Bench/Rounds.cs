using System.Diagnostics;

namespace ClipLens.Bench;

/// <summary>Times several pieces of work in turn (A B C, A B C, ...), so that a machine whose speed drifts does so for all of
/// them.</summary>
internal static class Rounds
{
    /// <summary>Seconds of every piece in every round: [piece][round]. One round before is not counted.</summary>
    public static double[][] Time(int rounds, params Action[] pieces) => Measure(rounds, pieces).Clock;

    /// <summary>The same, and the processor seconds of all threads, which tell more where others use the machine too.</summary>
    public static (double[][] Clock, double[][] Processor) Measure(int rounds, params Action[] pieces)
    {
        foreach (var piece in pieces) piece();
        return MeasureAtOnce(rounds, pieces);
    }

    /// <summary>The same without a round before, for pieces that take minutes.</summary>
    public static (double[][] Clock, double[][] Processor) MeasureAtOnce(int rounds, params Action[] pieces)
    {
        var seconds = pieces.Select(_ => new double[rounds]).ToArray();
        var processor = pieces.Select(_ => new double[rounds]).ToArray();
        for (int round = 0; round < rounds; round++)
            for (int piece = 0; piece < pieces.Length; piece++)
            {
                var before = Environment.CpuUsage.TotalTime;
                var clock = Stopwatch.StartNew();
                pieces[piece]();
                seconds[piece][round] = clock.Elapsed.TotalSeconds;
                processor[piece][round] = (Environment.CpuUsage.TotalTime - before).TotalSeconds;
            }
        return (seconds, processor);
    }

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>Median of a / b round by round.</summary>
    public static double Ratio(double[] a, double[] b) => Median(a.Zip(b, (x, y) => x / y));
}
