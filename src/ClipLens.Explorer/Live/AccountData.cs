using ClipLens.Discovery;
using ClipLens.Explorer.Data;

namespace ClipLens.Explorer.Live;

/// <summary>An account of a class as the page draws it; the shares of <see cref="Parts"/> add up to the total.</summary>
internal sealed record AccountData(double? Total, int Grid, IReadOnlyList<AccountPart> Parts, IReadOnlyList<AccountNeuron> Neurons,
    IReadOnlyList<AccountHead> Heads)
{
    private const int Digits = 4;

    /// <summary>Makes it of an account.</summary>
    /// <param name="account">The account.</param>
    /// <param name="layers">The layers of the run, whose neurons have pages.</param>
    public static AccountData From(OutputAccount account, IReadOnlyList<int> layers) => new(Number(account.Total),
        account.Neurons[0].Patches.Rows,
        [
            new("first", "class token's embedding, directly", Number(account.Embedding)),
            new("first", "MLPs at the class token, directly", Number(account.Mlps.Sum())),
            new("second", "the neurons below, through heads", Number(account.Neurons.Sum(own => own.Share))),
            new("second", "all other neurons, through heads", Number(account.OtherNeurons)),
            new("second", "the neurons' shares of biases", Number(account.Biases)),
            new("rest", "what heads carry that no neuron wrote", Number(account.Rest)),
        ],
        [.. account.Neurons.Select(own => new AccountNeuron(own.Neuron.Layer, own.Neuron.Index, Number(own.Share),
            layers.Contains(own.Neuron.Layer), [.. own.Patches.Values.Select(value => Number(value))], Number(own.ClassToken),
            [.. own.Heads.SelectMany((heads, i) => heads.Select((share, head) =>
                new AccountHead(own.Neuron.Layer + 1 + i, head, Number(share), null)))]))],
        [.. account.Heads.SelectMany((heads, layer) => heads.Select((share, head) =>
            new AccountHead(layer, head, Number(share), Number(account.HeadsOfNeurons[layer][head]))))]);

    private static double? Number(double value) => DataScript.Number(value, Digits);
}

/// <summary>A part of a logit: its kind (first-order, second-order, the rest) and what it is.</summary>
internal sealed record AccountPart(string Kind, string Name, double? Share);

/// <summary>A neuron's share: by patch, by head, and what the class token has of it.</summary>
internal sealed record AccountNeuron(int Layer, int Neuron, double? Share, bool HasPage, IReadOnlyList<double?> Patches, double? ClassToken,
    IReadOnlyList<AccountHead> Heads);

/// <summary>A head's share, and how much of it neurons wrote.</summary>
internal sealed record AccountHead(int Layer, int Head, double? Share, double? OfNeurons);
