using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using ClipLens.Compute;
using ClipLens.Files;
using ClipLens.Runs.Parts;

namespace ClipLens.Cli.Cluster;

/// <summary>
/// An analysis on a Slurm cluster: an array job with a part of the images in each task, and a job that merges the parts when all tasks are
/// through. Scripts, job numbers and logs lie in a folder beside the run.
/// </summary>
/// <param name="Run">The run's folder.</param>
/// <param name="Parts">Parts.</param>
/// <param name="Program">The words that start this program.</param>
/// <param name="Analyze">The words of <c>analyze</c>.</param>
/// <param name="Options">Options of <c>sbatch</c>.</param>
internal sealed partial record SlurmJobs(string Run, int Parts, IReadOnlyList<string> Program, IReadOnlyList<string> Analyze,
    IReadOnlyList<string> Options)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    /// <summary>The folder of scripts, job numbers and logs.</summary>
    public string Folder => Path.TrimEndingDirectorySeparator(Path.GetFullPath(Run)) + ".slurm";

    private string PartScriptPath => Path.Combine(Folder, "part.sh");

    private string MergeScriptPath => Path.Combine(Folder, "merge.sh");

    private string JobsPath => Path.Combine(Folder, "jobs.txt");

    /// <summary>What a task of the array runs.</summary>
    public string PartScript => Script($"{Quoted([.. Program, "analyze", .. Analyze, "--shard"])} \"$SLURM_ARRAY_TASK_ID/{Parts}\"",
        "part-%a.log");

    /// <summary>What runs when all tasks are through.</summary>
    public string MergeScript => Script(Quoted([.. Program, "merge", "--run", Path.GetFullPath(Run)]), "merge.log");

    /// <summary>The lines that submit some parts and the merge, for a person to read.</summary>
    public IReadOnlyList<string> Lines(IReadOnlyList<int> missing) =>
    [
        $"sbatch {Quoted(ArrayWords(missing))}",
        $"sbatch {Quoted(MergeWords("ARRAY_JOB"))}",
    ];

    /// <summary>Parts that are not done.</summary>
    public IReadOnlyList<int> Missing() => [.. Enumerable.Range(1, Parts).Where(part => !ShardedAnalysis.IsDone(Run, part, Parts))];

    /// <summary>Submits what is missing, unless it is in the queue already, and returns the numbers of the jobs.</summary>
    /// <exception cref="ClusterException">Slurm refuses.</exception>
    public IReadOnlyList<string> Submit()
    {
        if (File.Exists(JobsPath) && File.ReadAllLines(JobsPath) is { Length: 2 } known && Queue(known).Count > 0) return known;
        Directory.CreateDirectory(Folder);
        AtomicFile.Write(PartScriptPath, System.Text.Encoding.UTF8.GetBytes(PartScript));
        AtomicFile.Write(MergeScriptPath, System.Text.Encoding.UTF8.GetBytes(MergeScript));
        var missing = Missing();
        string? array = missing.Count == 0 ? null : Number(Call("sbatch", [.. ArrayWords(missing)]));
        string merge = Number(Call("sbatch", [.. MergeWords(array)]));
        string[] jobs = [array ?? merge, merge];
        AtomicFile.Write(JobsPath, System.Text.Encoding.UTF8.GetBytes(string.Concat(jobs.Select(job => job + "\n"))));
        return jobs;
    }

    /// <summary>Follows the jobs until the run is merged.</summary>
    /// <exception cref="ClusterException">The jobs ended and the run is not there.</exception>
    /// <exception cref="OperationCanceledException">The following was stopped; the jobs go on.</exception>
    public void Follow(IReadOnlyList<string> jobs, IProgress<WorkProgress> progress, CancellationToken stop)
    {
        while (true)
        {
            var states = Queue(jobs);
            int done = IsMerged ? Parts : Parts - Missing().Count;
            if (IsMerged && states.Count == 0)
            {
                progress.Report(new("Parts on the cluster", Parts, Parts));
                return;
            }
            if (states.Count == 0 || states.All(state => state.State is "PENDING" && state.Reason is "DependencyNeverSatisfied"))
                throw Failed(jobs);
            progress.Report(new(done == Parts ? "Merging on the cluster" : "Parts on the cluster", done == Parts ? 0 : done,
                done == Parts ? 1 : Parts));
            stop.WaitHandle.WaitOne(Pause);
            stop.ThrowIfCancellationRequested();
        }
    }

    private bool IsMerged => File.Exists(Path.Combine(Run, "run.json")) && !Directory.Exists(Path.Combine(Run, "parts"));

    private ClusterException Failed(IReadOnlyList<string> jobs)
    {
        var missing = Missing();
        string states = Accounting(jobs);
        string what = missing.Count > 0 ? $"Part {missing[0]} of {Parts} did not get done" : "The parts were not merged";
        string log = Path.Combine(Folder, missing.Count > 0 ? $"part-{missing[0]}.log" : "merge.log");
        return new($"{what}{states}; its log is {log}, and the same command submits what is missing again.");
    }

    /// <summary>What the accounting says of the first job that failed; nothing where the cluster has none.</summary>
    private static string Accounting(IReadOnlyList<string> jobs)
    {
        try
        {
            string[] lines = Call("sacct", "--noheader", "--parsable2", "--allocations", "--format=JobID,State", "--jobs",
                string.Join(',', jobs)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            return lines.Select(line => line.Split('|')).FirstOrDefault(words => words is [_, var state] && !state.StartsWith("COMPLETED",
                StringComparison.Ordinal)) is [var job, var state] ? $" (job {job}: {state})" : "";
        }
        catch (ClusterException)
        {
            return "";
        }
    }

    private List<string> ArrayWords(IReadOnlyList<int> missing) =>
        ["--parsable", $"--array={Ranges(missing)}", "--job-name=cliplens", .. Options, PartScriptPath];

    private List<string> MergeWords(string? array)
    {
        List<string> words = ["--parsable", "--job-name=cliplens-merge"];
        if (array is not null) words.AddRange([$"--dependency=afterok:{array}", "--kill-on-invalid-dep=yes"]);
        return [.. words, .. Options, MergeScriptPath];
    }

    private string Script(string command, string log) => $"""
        #!/bin/bash
        #SBATCH --chdir={Directory.GetCurrentDirectory()}
        #SBATCH --output={Path.Combine(Folder, log)}
        #SBATCH --open-mode=append
        #SBATCH --requeue
        exec {command}

        """.ReplaceLineEndings("\n");

    private static List<(string Job, string State, string Reason)> Queue(IReadOnlyList<string> jobs)
    {
        string output;
        try
        {
            output = Call("squeue", "--noheader", "--array", "--format=%i|%T|%r", "--jobs", string.Join(',', jobs.Distinct()));
        }
        // Jobs that ended a while ago are unknown.
        catch (ClusterException error) when (error.Message.Contains("Invalid job id", StringComparison.Ordinal))
        {
            return [];
        }
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('|'))
            .Where(words => words.Length == 3)
            .Select(words => (words[0], words[1], words[2]))];
    }

    private static string Number(string output) => JobNumber().Match(output) is { Success: true } match ? match.Value
        : throw new ClusterException($"sbatch answered '{output.Trim()}', in which there is no job number.");

    private static string Call(string program, params string[] words)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, words)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true
            })!;
            var errors = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode == 0) return output;
            throw new ClusterException($"{program} failed: {errors.Result.Trim().Split('\n')[0]}.");
        }
        catch (Win32Exception error)
        {
            throw new ClusterException($"There is no command '{program}' here; submit from a machine of a Slurm cluster.", error);
        }
    }

    /// <summary>Numbers as Slurm writes them: 1-3,7.</summary>
    private static string Ranges(IReadOnlyList<int> numbers)
    {
        var ranges = new List<(int First, int Last)>();
        foreach (int number in numbers)
            if (ranges.Count > 0 && ranges[^1].Last == number - 1) ranges[^1] = (ranges[^1].First, number);
            else ranges.Add((number, number));
        return string.Join(',', ranges.Select(range => range.First == range.Last ? range.First.ToString(CultureInfo.InvariantCulture)
            : $"{range.First}-{range.Last}"));
    }

    /// <summary>Words as a shell takes them.</summary>
    public static string Quoted(IEnumerable<string> words) => string.Join(' ', words.Select(word =>
        word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/' or '=' or ',' or ':' or '%' or '+')
        ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'"));

    [GeneratedRegex(@"^\d+")]
    private static partial Regex JobNumber();
}
