using System.IO.Compression;
using System.Text;
using ClipLens.Editing.Units;
using ClipLens.Files;
using ClipLens.Labels;
using ClipLens.Models.Checkpoints;
using ClipLens.Models.Checkpoints.Torch;
using ClipLens.Models.Configuration;
using ClipLens.Models.Images;
using ClipLens.Models.Tokenizer;
using ClipLens.Tests.Models.Images;
using ClipLens.Tests.Support;
using ClipLens.Texts;

namespace ClipLens.Tests.Models;

/// <summary>Every reader of files against files that were changed at random; see <see cref="FuzzCampaign"/> for longer campaigns.</summary>
public class ReaderFuzzTests
{
    private const string VocabJson = """{"c":0,"a":1,"t":2,"s":3,"c</w>":4,"a</w>":5,"t</w>":6,"s</w>":7,"at</w>":8,"cat</w>":9,"ca":10,"<|startoftext|>":11,"<|endoftext|>":12}""";

    private const string MergesText = "#version: 0.2\na t</w>\nc at</w>\nc a\n";

    private static readonly TinyClip Model = new();

    [Fact]
    public void Safetensors()
    {
        using var folder = new ScratchFolder();
        SafeTensorsWriter.Save(folder.File("a"), [SafeTensorData.From("a", new float[6], 2, 3), SafeTensorData.From("b", new byte[5])],
            new Dictionary<string, string> { ["k"] = "v" });
        SafeTensorsWriter.Save(folder.File("b"), TinyClip.AsHalves(Model.Tensors.Take(4)));
        FuzzCampaign.Run([File.ReadAllBytes(folder.File("a")), File.ReadAllBytes(folder.File("b"))], bytes =>
        {
            using var file = SafeTensorsFile.Open(folder.Write("x", bytes));
            foreach (var tensor in file.Tensors)
                if (tensor.Type.Torch() is not null) file.Load(tensor.Name).Dispose();
        });
    }

    [Fact]
    public void Torch_archives()
    {
        using var folder = new ScratchFolder();
        FuzzCampaign.Run([TinyClip.TorchZip(Model.Tensors.Take(3)), TinyClip.TorchZip(Model.Tensors.Take(2), isWrapped: true,
            isLarge: true), TinyClip.TorchScript(Model.Tensors.Take(3))], bytes =>
        {
            using var archive = TorchArchive.Open(folder.Write("x.pt", bytes), ClipNames.IsMark);
            foreach (string name in archive.Tensors.Keys) archive.LoadStored(name).Dispose();
        });
    }

    [Fact]
    public void Whole_checkpoints()
    {
        using var folder = new ScratchFolder();
        folder.Write("config.json", TinyClip.SmallJson);
        FuzzCampaign.Run([TinyClip.TorchZip(Model.Tensors), TinyClip.TorchZip(Model.Tensors, "module.", isWrapped: true)], bytes =>
        {
            using var checkpoint = Checkpoint.Open(folder.Write("x.pt", bytes));
            checkpoint.CheckFinite(TestContext.Current.CancellationToken);
        });
    }

    [Fact]
    public void Pickles()
    {
        byte[] foreign = new PickleWriter().Raw("}("u8).Text("args").Global("argparse", "Namespace").Raw(")R}("u8).Text("lr").Int(1)
            .Raw("ub"u8)
            .Text("w").Tensor("HalfStorage", "0", 12, 0, [3, 4], [4, 1]).Text("l").Raw("](K\u0001K\u0002e"u8).Raw("u"u8).Finish();
        byte[] old = Encoding.ASCII.GetBytes(
            "(dp0\nVa\np1\n(lp2\nI1\naL2L\naF0.5\nasVb\np3\nccopy_reg\n_reconstructor\n(cmy.tools\nThing\nc__builtin__\nobject\nNtR(dVx\nI1\nsbs.");
        FuzzCampaign.Run([foreign, old], bytes => StateDict.Read(PickleReader.Read(bytes, "a pickle"), "a pickle"));
    }

    [Fact]
    public void Configs()
    {
        using var folder = new ScratchFolder();
        FuzzCampaign.Run([.. new[] { TinyClip.SmallJson, TinyClip.SmallHuggingFaceJson }.Select(Encoding.UTF8.GetBytes)],
            bytes => ConfigFile.Read(folder.Write("config.json", bytes), Activation.Gelu));
        folder.Write("config.json", TinyClip.SmallHuggingFaceJson);
        FuzzCampaign.Run([[.. """{"size": {"shortest_edge": 8}, "crop_size": {"height": 8, "width": 8}, "image_mean": [0.5, 0.5, 0.5], "do_resize": true}"""u8]], bytes =>
        {
            folder.Write("preprocessor_config.json", bytes);
            ConfigFile.Read(folder.File("config.json"), Activation.Gelu);
        });
        folder.Write("a.safetensors", "");
        FuzzCampaign.Run([[.. """{"metadata": {"total_size": 1}, "weight_map": {"visual.proj": "a.safetensors", "text_projection": "a.safetensors"}}"""u8]],
            bytes => Checkpoint.Open(folder.Write("model.safetensors.index.json", bytes)).Dispose());
    }

    [Fact]
    public void Tokenizers()
    {
        using var folder = new ScratchFolder();
        string json = """{"added_tokens":[{"id":11,"content":"<|startoftext|>"},{"id":12,"content":"<|endoftext|>"}],"model":{"type":"BPE","end_of_word_suffix":"</w>","vocab":"""
            + VocabJson + ""","merges":["a t</w>",["c","at</w>"],"c a"]}}""";
        FuzzCampaign.Run([Encoding.UTF8.GetBytes(json)], bytes => ClipTokenizer.FromTokenizerJson(folder.Write("tokenizer.json", bytes), 8)
            .Encode("a cat's catz"));
        string vocab = folder.Write("vocab.json", VocabJson), merges = folder.Write("merges.txt", MergesText);
        FuzzCampaign.Run([Encoding.UTF8.GetBytes(VocabJson)], bytes =>
            ClipTokenizer.FromVocabAndMerges(folder.Write("v.json", bytes), merges, 8).Encode("a cat's catz"));
        FuzzCampaign.Run([Encoding.UTF8.GetBytes(MergesText)], bytes =>
            ClipTokenizer.FromVocabAndMerges(vocab, folder.Write("m.txt", bytes), 8).Encode("a cat's catz"));
        using var packed = new MemoryStream();
        using (var stream = new GZipStream(packed, CompressionLevel.Fastest)) stream.Write(Encoding.UTF8.GetBytes(MergesText));
        FuzzCampaign.Run([packed.ToArray()], bytes => ClipTokenizer.FromSimpleVocabGz(folder.Write("b.gz", bytes), 8, 517)
            .Encode("a cat's catz"));
    }

    [Theory]
    [InlineData("rgb.jpg", "progressive.jpg", "cmyk.jpg", "exif6.jpg")]
    [InlineData("rgb.png", "palette4.png", "grey16.png", "rgb16-interlaced.png", "palette8-interlaced.png")]
    [InlineData("rgb.webp", "lossless.webp", "animated.webp")]
    [InlineData("palette.gif", "part-own.gif", "interlaced.gif")]
    [InlineData("rgb.bmp", "565.bmp", "palette.bmp", "one.bmp")]
    [InlineData("rgb-raw.tif", "rgb-lzw.tif", "rgb-jpeg.tif", "rgb-planes-tiles.tif", "palette4.tif", "one-group4.tif", "one-group3.tif")]
    public void Pictures(params string[] names) =>
        FuzzCampaign.Run([.. names.Select(name => File.ReadAllBytes(PillowPictures.Path(name)))], bytes =>
        ImageDecoder.Decode(bytes, "an image", applyOrientation: true));

    [Fact]
    public void Classes_labels_texts_and_edits()
    {
        using var folder = new ScratchFolder();
        ImageEntry[] images = [new("a.png", "/x/a.png"), new("cafe\u0301.png", "/x/cafe\u0301.png"), new("b/a.png", "/x/b/a.png")];
        Each(path => ClassNames.Read(path), ("c.txt", "red fox\nsea\n night\n"), ("c.txt", "0: red\n1: sea\n"),
            ("c.csv", "id,name\n1,\"a, b\"\n0,c\n"), ("c.json", "{\"0\": [\"n01440764\", \"tench\"], \"1\": \"shark\"}"),
            ("c.txt", "n01440764\ttench\nn01443537\tgold fish\n"));
        Each(path => LabelFile.Read(path, images, 3), ("l.csv", "file,label\na.png,1\ncaf\u00e9.png,2\n"),
            ("l.csv", "label,file\r\n0,\"./b/a.png\"\r\n"));
        Each(path => ImageColumn.Read(path, "group", images), ("g.csv", "file,group\na.png,day\n"));
        Each(path => TextPool.FromFile(path), ("t.txt", "fox\nred otter\n"), ("t.tsv", "text\tcount\nfox\t1\n"),
            ("t.csv", "id,text\n1,\"a, b\"\n"), ("t.txt", "\"fox\"\n\"b\"\n"));
        Each(path => PromptTemplates.Read(path), ("p.txt", "a photo of a {}\n{} in the sea\n"));
        Each(path => EditList.Read(path), ("e.txt", "9:391\nhead 11:3=0.5 # why\n"),
            ("e.json", "{\"neurons\": {\"1:5\": {\"star\": true}}}"));

        void Each(Action<string> read, params (string Name, string Text)[] seeds)
        {
            foreach (var own in seeds.GroupBy(seed => seed.Name))
                FuzzCampaign.Run([.. own.Select(seed => Encoding.UTF8.GetBytes(seed.Text))], bytes => read(folder.Write(own.Key, bytes)));
        }
    }

    [Fact]
    public void Masks_and_lists()
    {
        using var folder = new ScratchFolder();
        FuzzCampaign.Run([.. new[] { "palette4.png", "grey.png", "palette8-interlaced.png" }.Select(name =>
            File.ReadAllBytes(PillowPictures.Path(name)))],
            bytes => MaskDecoder.Decode(folder.Write("m.png", bytes)));
        folder.Write("a.jpg", "");
        FuzzCampaign.Run([[.. "a.jpg\r\n\n ./a.jpg\n"u8]], bytes => ImageList.Find(folder.Write("list.txt", bytes)));
        FuzzCampaign.Run([[.. "one\ntwo, \"three\"\r\n\u00e9\n"u8]], bytes =>
        {
            foreach (var (_, text) in TextLines.Read(folder.Write("lines.csv", bytes), "a thing a line")) CsvRow.Split(text);
        });
    }
}
