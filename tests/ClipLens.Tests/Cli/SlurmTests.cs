using System.Diagnostics;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Cli;

/// <summary>An analysis on a real Slurm; where there is none the tests say so. The environment variable SLURM_CONF leads to it.</summary>
[Trait("Tier", "Process")]
public class SlurmTests
{
    [Fact]
    public void Scripts_are_shown_without_a_cluster()
    {
        using var inputs = new TinyInputs();
        var call = CliCall.Run(["submit", "--slurm", "--parts", "3", "--dry-run", "--time=1:00", "-p", "all", .. inputs.Analyze("1")]);
        Assert.Equal(0, call.Code);
        Assert.Contains("\"$SLURM_ARRAY_TASK_ID/3\"", call.Output, StringComparison.Ordinal);
        Assert.Contains($"merge --run {inputs.Run}", call.Output, StringComparison.Ordinal);
        Assert.Contains("sbatch --parsable --array=1-3 --job-name=cliplens --time=1:00 -p all ", call.Output, StringComparison.Ordinal);
        Assert.Contains("--dependency=afterok:ARRAY_JOB", call.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(inputs.Run + ".slurm"));
    }

    [Fact]
    public void What_is_wrong_with_a_submission_is_said()
    {
        using var inputs = new TinyInputs();
        CliCall.Refused("There is no 'analyze' behind the options; write it with all its own options.", "submit", "--slurm");
        Assert.Contains("--model", CliCall.Run("submit", "--slurm", "analyze", "--images", inputs.Images).Error, StringComparison.Ordinal);
        Assert.Contains("leave --shard out", CliCall.Run(["submit", "--slurm", .. inputs.Analyze("1", "4", "--shard", "1/2")]).Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public void On_a_cluster_with_a_task_killed_and_requeued_the_run_is_that_of_one_machine()
    {
        Assert.SkipUnless(HasSlurm(), "needs a Slurm cluster (SLURM_CONF)");
        using var inputs = new TinyInputs(pictures: 40);
        Assert.Equal(0, CliCall.Run(inputs.Analyze()).Code);
        var expected = TinyRun.Files(inputs.Run);
        Directory.Delete(inputs.Run, recursive: true);

        string[] submit = ["submit", "--slurm", "--parts", "3", .. inputs.Analyze()];
        string job = Submitted(submit);
        // Killed as a preempted task is, and put into the queue again.
        WaitUntil(() => Slurm("squeue", "-h", "-r", "-t", "RUNNING", "-j", job).Length > 0);
        Slurm("scancel", "--signal=KILL", "--full", $"{job}_1");
        Slurm("scontrol", "requeue", $"{job}_1");
        // A task that is gone for good: its part is submitted again by the same command.
        Slurm("scancel", $"{job}_3");
        var failed = Follow(submit);
        if (failed.Code != 0)
        {
            Assert.Contains("did not get done", failed.Error, StringComparison.Ordinal);
            failed = Follow(submit);
        }
        Assert.True(failed.Code == 0, failed.Error);
        TinyRun.AssertSame(expected, TinyRun.Files(inputs.Run));
    }

    private static string Submitted(string[] submit)
    {
        var call = Follow([submit[0], "--no-follow", .. submit[1..]]);
        Assert.True(call.Code == 0, call.Error);
        return call.Output.Split(' ', ',')[1];
    }

    private static (int Code, string Output, string Error) Follow(string[] words)
    {
        using var process = OtherProcess.Command(words);
        var error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    private static void WaitUntil(Func<bool> happened)
    {
        var clock = Stopwatch.StartNew();
        while (!happened())
        {
            Assert.True(clock.Elapsed < TimeSpan.FromMinutes(1), "The cluster does not run the job.");
            Thread.Sleep(200);
        }
    }

    private static bool HasSlurm()
    {
        try
        {
            return Environment.GetEnvironmentVariable("SLURM_CONF") is not null && Slurm("sinfo", "-h").Length > 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static string Slurm(string program, params string[] words)
    {
        using var process = Process.Start(new ProcessStartInfo(program, words) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output;
    }
}
