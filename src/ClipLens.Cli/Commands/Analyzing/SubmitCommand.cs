using System.CommandLine;
using ClipLens.Cli.Cluster;
using ClipLens.Cli.Output;
using ClipLens.Runs;

namespace ClipLens.Cli.Commands.Analyzing;

/// <summary>An analysis on a Slurm cluster.</summary>
internal sealed class SubmitCommand : CliCommand
{
    private const string Analyze = "analyze";
    private readonly Option<bool> slurm, dryRun, leave;
    private readonly Option<int> parts;

    public SubmitCommand() : base("submit",
        "Analyzes on a Slurm cluster: an array job with a part of the images in each task, and a job that merges them. Behind --slurm "
        + "stand options of sbatch, then 'analyze' with its options. What it started it follows; stopped and given again, it follows "
        + "on, and what failed it submits again.")
    {
        TreatUnmatchedTokensAsErrors = false;
        slurm = Has(new Option<bool>("--slurm") { Description = "The scheduler.", Required = true });
        parts = Has(CommonOptions.Count("--parts", 8, "Parts of the images, each a task of the array."));
        dryRun = Has(new Option<bool>("--dry-run") { Description = "Show the scripts and how they would be submitted, and do nothing." });
        leave = Has(new Option<bool>("--no-follow") { Description = "Submit and leave; the same command follows later." });
    }

    public override IReadOnlyList<Example> Examples =>
    [
        new("All layers of a large model in 16 tasks with a GPU each",
            "cliplens submit --slurm --parts 16 --partition=gpu --gpus=1 --time=2:00:00 \\\n"
            + "analyze --model ViT-L-14 --images 'shards/{000..099}.tar' --layers all --output run"),
        new("Look at the scripts first",
            "cliplens submit --slurm --dry-run analyze --model ViT-B-32 --images photos --layers 9 --output run"),
    ];

    public override string WhenStopped => "Stopped following; the jobs go on, and the same command follows them again.";

    public override void Run(Invocation call)
    {
        var jobs = Jobs(call);
        if (call.Get(dryRun))
        {
            call.Terminal.Output.Write($"# {Path.Combine(jobs.Folder, "part.sh")}\n{jobs.PartScript}\n"
                + $"# {Path.Combine(jobs.Folder, "merge.sh")}\n{jobs.MergeScript}\n");
            foreach (string line in jobs.Lines([.. Enumerable.Range(1, jobs.Parts)])) call.Terminal.Output.WriteLine(line);
            return;
        }
        var numbers = jobs.Submit();
        call.Terminal.WriteLine($"Jobs {string.Join(", ", numbers.Distinct())}; their logs are in {jobs.Folder}.");
        if (call.Get(leave)) return;
        call.Terminal.ShowProgress(progress => jobs.Follow(numbers, progress, call.Stop));
        var run = RunDirectory.Open(jobs.Run);
        call.Terminal.WriteLine($"{Words.Count(run.Images.Count, "image")} analyzed in {Words.Count(jobs.Parts, "part")}; the run is in "
            + $"{jobs.Run}.");
    }

    private SlurmJobs Jobs(Invocation call)
    {
        string[] words = [.. call.Parse.UnmatchedTokens];
        int at = Array.IndexOf(words, Analyze);
        if (at < 0) throw new ClipLensException("There is no 'analyze' behind the options; write it with all its own options.");
        string[] own = words[(at + 1)..];
        var parse = CommandLine.Root().Parse([Analyze, .. own]);
        if (parse.Errors.Count > 0 || parse.UnmatchedTokens.Count > 0) throw new ClipLensException(UsageError.Sentence(parse));
        if (own.Contains("--shard")) throw new ClipLensException("The parts are cut by 'submit' (--parts); leave --shard out.");
        string output = parse.GetRequiredValue<string>("--output");
        return new(output, call.Get(parts), ThisProgram(), own, words[..at]);
    }

    /// <summary>The words that start this program, on any machine that sees the same files.</summary>
    private static string[] ThisProgram()
    {
        string process = Environment.ProcessPath!;
        return Path.GetFileNameWithoutExtension(process) == "dotnet" ? [process, typeof(SubmitCommand).Assembly.Location] : [process];
    }
}
