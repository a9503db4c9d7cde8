namespace ClipLens.Models.Tokenizer;

/// <summary>A byte-pair encoding: the id of every symbol and the merges in order of precedence.</summary>
/// <param name="Source">The file it came from, for error messages.</param>
/// <param name="Ids">Id of every symbol, special tokens included.</param>
/// <param name="Merges">Pairs of symbols, left and right with a blank between, first merged first.</param>
internal sealed record BytePairVocabulary(string Source, IReadOnlyDictionary<string, int> Ids, IReadOnlyList<string> Merges)
{
    /// <summary>Rows of the vocabulary of every CLIP that OpenAI and open_clip published with this encoding.</summary>
    public const int ClipSize = 49408;

    private static readonly string[] StartNames = ["<|startoftext|>", "<start_of_text>"];
    private static readonly string[] EndNames = ["<|endoftext|>", "<end_of_text>"];

    /// <summary>Every spelling of the special tokens that means them inside a text, with the id.</summary>
    public IReadOnlyDictionary<string, int> SpecialTokens => StartNames.Select(name => (name, Id: StartId))
        .Concat(EndNames.Select(name => (name, Id: EndId))).ToDictionary(t => t.name, t => t.Id);

    /// <summary>Id of the token before a text.</summary>
    public int StartId => IdOfAny(StartNames, "start");

    /// <summary>Id of the token after a text.</summary>
    public int EndId => IdOfAny(EndNames, "end");

    /// <summary>
    /// The vocabulary that follows from the merges alone: the 256 bytes, the 256 bytes that end a word, what the merges make,
    /// the two special tokens.
    /// </summary>
    public static BytePairVocabulary FromMerges(string source, IReadOnlyList<string> merges)
    {
        var symbols = ByteSymbols.InVocabularyOrder.ToList();
        var all = symbols.Concat(symbols.Select(s => s + ByteSymbols.EndOfWord))
            .Concat(merges.Select(merge => merge.Replace(" ", "", StringComparison.Ordinal)))
            .Append(StartNames[0]).Append(EndNames[0]);
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (string symbol in all)
        {
            if (!ids.TryAdd(symbol, ids.Count))
                throw new ClipLensException($"{source} makes '{symbol}' twice; it is not the list of merges of CLIP's tokenizer.");
        }
        return new BytePairVocabulary(source, ids, merges);
    }

    /// <summary>Refuses merges that are no pair, are there twice or whose parts or result have no id, and two tokens with one id.</summary>
    public BytePairVocabulary Checked()
    {
        var byId = new Dictionary<int, string>();
        foreach (var (token, id) in Ids)
            if (!byId.TryAdd(id, token))
                throw new ClipLensException($"{Source} gives the tokens '{Shown(byId[id])}' and '{Shown(token)}' the same id, {id}; get "
                + "the tokenizer's files again.");
        var merges = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < Merges.Count; i++)
        {
            string[] parts = Merges[i].Split(' ');
            if (parts.Length != 2 || parts.Append(parts[0] + parts[1]).Any(symbol => !Ids.ContainsKey(symbol)))
                throw new ClipLensException($"Merge {i + 1} of {Source}, '{Shown(Merges[i])}', does not join two symbols of the "
                    + "vocabulary into a third; take both files from the same checkpoint.");
            if (!merges.Add(Merges[i])) throw new ClipLensException($"Merge {i + 1} of {Source}, '{Shown(Merges[i])}', is there twice; "
                + "get the tokenizer's files again.");
        }
        _ = SpecialTokens;
        return this;
    }

    private int IdOfAny(string[] names, string what)
    {
        foreach (string name in names)
        {
            if (Ids.TryGetValue(name, out int id)) return id;
        }
        throw new ClipLensException($"{Source} has no {what} token ({string.Join(" or ", names)}); give the tokenizer of a CLIP "
            + "checkpoint.");
    }

    private static string Shown(string text) => text.Length <= 60 ? text : text[..60] + "…";
}
