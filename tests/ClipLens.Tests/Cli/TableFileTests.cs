using ClipLens.Cli.Output;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Cli;

/// <summary>Printed tables as CSV files.</summary>
public class TableFileTests
{
    [Fact]
    public void Tables_go_into_files_by_their_names()
    {
        using var folder = new ScratchFolder();
        ResultTable first = new("Method", ">AUROC") { About = [("Layer", "8")] }, second = new("Method", ">AUROC")
        { About = [("Layer", "9")] }, images = new(">Rank", "Image") { Name = "images" };
        first.Add("acts, on", " 0.76 ");
        second.Add("a \"writes\"", "0.56");
        images.Add("1", "a\nb.jpg");
        Assert.Equal([folder.File("out.csv"), folder.File("out-images.csv")], TableFiles.Write(folder.File("out.csv"), [images, first,
            second]));
        Assert.Equal("Layer,Method,AUROC\n8,\"acts, on\",0.76\n9,\"a \"\"writes\"\"\",0.56\n", File.ReadAllText(folder.File("out.csv")));
        Assert.Equal("Rank,Image\n1,\"a\nb.jpg\"\n", File.ReadAllText(folder.File("out-images.csv")));
    }

    [Fact]
    public void A_command_writes_what_it_prints()
    {
        using var inputs = new TinyInputs();
        Assert.Equal(0, CliCall.Run(inputs.Analyze("1")).Code);
        string csv = inputs.File("tables", "neuron.csv");
        var call = CliCall.Run("show", "--run", inputs.Run, "--neuron", "1:3", "--count", "2", "--csv", csv);
        Assert.True(call.Code == 0, call.Error);
        Assert.EndsWith($"As tables: {csv}, {inputs.File("tables", "neuron-images.csv")}.\n", call.Output);
        string[] texts = File.ReadAllLines(csv);
        Assert.Equal("Rank,Coefficient,Text", texts[0]);
        Assert.Equal(3, texts.Length);
        string[] row = texts[1].Split(',');
        Assert.Matches($"\n +{row[0]} +{row[1]} +{row[2]}\n", call.Output);
        CliCall.Refused($"The output {inputs.Images} is a folder; give a file name in it.", "show", "--run", inputs.Run, "--csv",
            inputs.Images);
    }
}
