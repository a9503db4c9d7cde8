using ClipLens.Models.Tokenizer;
using ClipLens.Scenes;
using ClipLens.Scenes.Language;

namespace ClipLens.Tests.Scenes;

public class LanguageTests
{
    [Fact]
    public void Captions_are_true_and_mean_what_they_say()
    {
        var texts = new HashSet<string>();
        foreach (var scene in new SceneGenerator(21).Take(3000))
        {
            var caption = CaptionWriter.Write(scene, scene.Seed);
            texts.Add(caption.Text);
            Assert.True(caption.Claims.IsTrueOf(scene), $"\"{caption.Text}\" is not true.");
            if (caption.Claims.Objects.Any(o => o.Kind is null)) continue;
            var parsed = CaptionParser.Parse(caption.Text);
            Assert.Equal(caption.Claims.Background, parsed.Background);
            Assert.Equal(caption.Claims.Objects, parsed.Objects);
        }
        Assert.True(texts.Count > 1800, $"Only {texts.Count} different captions for 3,000 scenes.");
    }

    [Fact]
    public void A_caption_is_understood_word_by_word()
    {
        var claims = CaptionParser.Parse("A picture of a Red, stripy vessel at sea -- next to the little green BIRD and a cup");
        Assert.Equal(SceneBackground.Sea, claims.Background);
        Assert.Equal(
            [
                new ObjectClaim(ObjectKind.Ship, SceneColour.Red, SurfacePattern.Striped),
                new ObjectClaim(ObjectKind.Bird, SceneColour.Green, null, SizeWord.Small),
                new ObjectClaim(ObjectKind.Cup),
            ],
            claims.Objects);
        Assert.Equal(new ObjectClaim(ObjectKind.Ship, SceneColour.Blue), Assert.Single(CaptionParser.Parse("the ship is blue").Objects));
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData(" , ! ", "empty")]
    [InlineData("a zebra and a red ship in a swimsuit", "zebra, swimsuit")]
    [InlineData("a picture of something", "nothing that can be drawn")]
    [InlineData("something red", "red describes no object")]
    [InlineData("a red blue ship", "two colours")]
    [InlineData("a red ship, green", "green describes no object")]
    [InlineData("a ship on the sea in the desert", "two backgrounds, sea and desert")]
    [InlineData("ship car bird horse dog", "more than 4")]
    public void What_cannot_be_drawn_is_said_in_one_sentence(string caption, string expected)
    {
        string message = Assert.Throws<ClipLensException>(() => SceneComposer.Compose(caption, 1)).Message;
        Assert.Contains(expected, message);
        Assert.EndsWith(".", message);
        Assert.DoesNotContain("\n", message);
    }

    [Fact]
    public void A_composed_scene_fulfils_its_caption_and_the_seed_decides_the_rest()
    {
        foreach (var scene in new SceneGenerator(31).Take(400))
        {
            var caption = CaptionWriter.Write(scene, scene.Seed);
            if (caption.Claims.Objects.Any(o => o.Kind is null)) continue;
            var drawn = SceneComposer.Compose(caption.Text, 99);
            Assert.Equal(caption.Claims.Objects.Count, drawn.Objects.Count);
            Assert.True(caption.Claims.Background is null || caption.Claims.Background == drawn.Background);
            for (int i = 0; i < drawn.Objects.Count; i++)
                Assert.True(caption.Claims.Objects[i].IsTrueOf(drawn.Objects[i]), $"\"{caption.Text}\" became {drawn.Objects[i]}.");
        }
        var with = SceneComposer.Compose("a ship on the road with a red bird", 4);
        var without = SceneComposer.Compose("a ship on the road", 4);
        Assert.Equal(with.Objects[0], without.Objects[0]);
        Assert.Equal((with.Background, with.Light, with.Seed), (without.Background, without.Light, without.Seed));
        Assert.NotEqual(with.Objects[0], SceneComposer.Compose("a ship on the road", 5).Objects[0]);
    }

    [Fact]
    public void Concepts_name_everything_that_is_to_be_seen()
    {
        var scene = SceneComposer.Compose("a red dotted ship on the sea with a blue bird", 1);
        Assert.Equal(["sea", "ship", "red", "dotted", "bird", "blue"], SceneConcept.ConceptsIn(scene).Select(c => c.Name));
    }

    [Fact]
    public void Every_word_of_the_world_is_one_token_and_the_library_reads_the_files_alike()
    {
        var vocabulary = WorldVocabulary.Build();
        Assert.InRange(vocabulary.Entries.Count, 515, 1500);
        string folder = Directory.CreateTempSubdirectory("world").FullName;
        try
        {
            vocabulary.Save(folder);
            var tokenizer = ClipTokenizer.FromVocabAndMerges(Path.Combine(folder, "vocab.json"), Path.Combine(folder, "merges.txt"), 24);
            Assert.Equal((vocabulary.StartId, vocabulary.EndId), (tokenizer.StartId, tokenizer.EndId));
            foreach (string word in Lexicon.Words) Assert.Equal(3, tokenizer.Encode(word).Count(id => id != 0));
            foreach (var scene in new SceneGenerator(41).Take(500))
            {
                string text = CaptionWriter.Write(scene, scene.Seed).Text;
                Assert.Equal(tokenizer.Encode(text).Where(id => id != 0), vocabulary.Encode(text));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void A_vocabulary_is_learnt_the_same_every_time() =>
        Assert.Equal(WorldVocabulary.Build().Merges, WorldVocabulary.Build().Merges);
}

public class WorldPageTests
{
    [Fact]
    public void The_page_of_the_world_prints_the_tables_that_are_in_the_code()
    {
        string page = File.ReadAllText(FindPage());
        foreach (var cue in PlantedCues.All)
        {
            string background = cue.Background is { } b ? $"{Lexicon.NameOf(b)} {cue.BackgroundShare * 100:0} %" : "any";
            string companion = cue.Companion is { } c ? $"{Lexicon.NameOf(c)} {cue.CompanionShare * 100:0} %" : "any";
            string row = $"| {Lexicon.NameOf(cue.Kind)} | {Others(Lexicon.NamesOf(cue.Kind))}| {background} | {companion} | "
                + string.Join(", ", cue.Colours.Select(Lexicon.NameOf)) + " |";
            Assert.Contains(row, page);
        }
        foreach (var background in Enum.GetValues<SceneBackground>())
            Assert.Contains($"| {Lexicon.NameOf(background)} | {Others(Lexicon.NamesOf(background))}| "
            + $"{string.Join(", ", Lexicon.PlacesOf(background))} |", page);
        Assert.Contains($"{Lexicon.Words.Count} words", page);
    }

    private static string Others(IReadOnlyList<string> names) => names.Count == 1 ? "" : string.Join(", ", names.Skip(1)) + " ";

    private static string FindPage()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string page = Path.Combine(folder.FullName, "docs", "world.md");
            if (File.Exists(page)) return page;
        }
        throw new InvalidOperationException("docs/world.md is not above the test's folder.");
    }
}
