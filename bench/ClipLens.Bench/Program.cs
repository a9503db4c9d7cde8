using ClipLens.Bench;
using ClipLens.Compute;
using ClipLens.Models;
using ClipLens.Models.Images;

// Usage: ClipLens.Bench [tiny|b32|l14|texts|ablation|indirect|explorer ...] [--images FOLDER] [--model CHECKPOINT] [--rounds N] [--count N]
//   [--device cpu|cuda|...] [--dtype float32|float16|bfloat16] [--batch N] [--folder FOLDER] [--serve] [--part pages|search|pictures]
// Without a part named it measures all but l14 and explorer. The small tower is CHECKPOINT if given, else random weights of ViT-Ti/16's
// size. ClipLens.Bench scale|profile [--size tiny|b32|l14] [--model CHECKPOINT] [--few N] [--count N] [--top K] [--sample N] [--batch N]:
// the main job of one tower, from two numbers of images, or where its time goes. ClipLens.Bench list: finding the images of large datasets.
// ClipLens.Bench card --size tiny|b32|l14 --device cuda --images FOLDER [--count N] [--top K] [--sample N] [--batch N] [--memory MB]
// [--pass]: one run over N images, a smaller folder's again and again, or its pass alone; each figure is told as soon as it is known.
string? Option(string name) => Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : null;
bool Wanted(string part) => args.Contains(part) || !args.Any(arg => arg is "tiny" or "b32" or "l14" or "texts" or "ablation" or "indirect");

GlibcHeap.UseOneArena();
if (args.Contains("explorer"))
{
    // Its run is a gigabyte of random numbers and stays in FOLDER, if one is given.
    string kept = Option("--folder") ?? Directory.CreateTempSubdirectory("cliplens-bench-explorer-").FullName;
    Console.Out.WriteLine(Machine.Description);
    await new ExplorerBench(kept, Console.Out).Run(args.Contains("--serve"), Option("--part"));
    if (Option("--folder") is null) Directory.Delete(kept, recursive: true);
    return;
}
int rounds = int.Parse(Option("--rounds") ?? "5");
int count = int.Parse(Option("--count") ?? "256");
int batch = int.Parse(Option("--batch") ?? "16");
var placement = Placement.Find(Option("--device") ?? "cpu", Option("--dtype") ?? "float32");
var output = Console.Out;
var temporary = Directory.CreateTempSubdirectory("cliplens-bench-models-");
try
{
    if (args.Contains("list"))
    {
        ListBench.Run(temporary.FullName, output);
        return;
    }
    string folder = Option("--images") ?? Pictures.Write(Path.Combine(temporary.FullName, "pictures"), Math.Min(count, 256));
    var images = ImageList.Find(folder).Take(count).ToList();
    output.WriteLine(Machine.Description);
    int? sample = Option("--sample") is { } given ? int.Parse(given) : null;
    int top = int.Parse(Option("--top") ?? "100");
    if (args.Contains("card"))
    {
        var (name, path) = Checkpoint();
        using var model = ClipModel.Load(path, placement);
        long memory = long.Parse(Option("--memory") ?? "2048") << 20;
        using var bench = new CardBench(name, model, images, new(count, top, sample, batch, memory, args.Contains("--pass")), output);
        bench.Run();
        return;
    }
    var matrix = Machine.BestMatrixProductRate();
    double rate = matrix.Rate;
    output.WriteLine($"float32 matrix product, all cores: {rate / 1e9:F0} GFLOP/s, the best of several shapes, {matrix.Shape}");
    if (args.Contains("scale") || args.Contains("profile"))
    {
        var (name, path) = Checkpoint();
        using var model = ClipModel.Load(path, placement);
        int many = images.Count, few = int.Parse(Option("--few") ?? $"{many / 2}");
        var bench = new ScaleBench(name, model, images, new(few, many, top, sample, batch, rounds));
        if (args.Contains("scale")) bench.Run(matrix, output);
        else bench.Profile(output);
        return;
    }
    if (Wanted("tiny") || Wanted("ablation"))
    {
        string path = Option("--model") ?? Path.Combine(temporary.FullName, "tiny");
        if (Option("--model") is null) RandomCheckpoint.Write(path, Towers.Tiny);
        using var model = ClipModel.Load(path, placement);
        string name = Option("--model") is null ? "ViT-Ti/16 size, random weights" : Path.GetFileName(path);
        using var bench = new TowerBench(name, model, images, rounds, batch);
        if (Wanted("tiny")) bench.Run(rate, output);
        if (Wanted("ablation")) new AblationBench(name, model.Image, model.Preprocessor, images, rounds).Run(output);
    }
    if (Wanted("b32") || Wanted("indirect"))
    {
        RandomCheckpoint.Write(Path.Combine(temporary.FullName, "b32"), Towers.B32);
        using var model = ClipModel.Load(Path.Combine(temporary.FullName, "b32"), placement);
        using var bench = new TowerBench("ViT-B/32 size, random weights", model, images, rounds, batch);
        if (Wanted("b32")) bench.Run(rate, output);
        if (Wanted("indirect")) IndirectBench.Run("ViT-B/32 size, random weights", model.Image, 2, rounds, output);
    }
    if (args.Contains("l14"))
    {
        RandomCheckpoint.Write(Path.Combine(temporary.FullName, "l14"), Towers.L14);
        using var model = ClipModel.Load(Path.Combine(temporary.FullName, "l14"), placement);
        using var bench = new TowerBench("ViT-L/14 size, random weights", model, images, rounds, batch);
        bench.Run(rate, output);
    }
    if (Wanted("texts"))
    {
        output.WriteLine();
        PursuitBench.Run(192, 768, rounds, output);
        PursuitBench.Run(512, 512, rounds, output);
    }
}
finally
{
    temporary.Delete(recursive: true);
}

// The checkpoint that was named, or random weights of a size.
(string Name, string Path) Checkpoint()
{
    if (Option("--model") is { } own) return (Path.GetFileName(own), own);
    string size = Option("--size") ?? "tiny", path = Path.Combine(temporary.FullName, size);
    RandomCheckpoint.Write(path, size switch { "b32" => Towers.B32, "l14" => Towers.L14, _ => Towers.Tiny });
    return ($"{size}, random weights", path);
}
