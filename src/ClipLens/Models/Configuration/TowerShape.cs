namespace ClipLens.Models.Configuration;

/// <summary>What image and text towers have in common.</summary>
/// <param name="Width">Width d' of the residual stream.</param>
/// <param name="Layers">Number L of blocks.</param>
/// <param name="Heads">Heads H of a block.</param>
/// <param name="MlpWidth">Neurons N of a block.</param>
/// <param name="Tokens">Tokens of an input, at most.</param>
/// <param name="Activation">Non-linearity of the neurons.</param>
/// <param name="NormEpsilon">Epsilon of every layer norm.</param>
/// <param name="WritingLayers">How many blocks, from the first on, have second-order effects.</param>
internal sealed record TowerShape(int Width, int Layers, int Heads, int MlpWidth, int Tokens, Activation Activation, double NormEpsilon,
    int WritingLayers)
{
    public static TowerShape From(VisionConfig tower) =>
        new(tower.Width, tower.Layers, tower.Heads, tower.MlpWidth, tower.Tokens, tower.Activation, tower.NormEpsilon,
            tower.WritingLayers);

    public static TowerShape From(TextConfig tower) =>
        new(tower.Width, tower.Layers, tower.Heads, tower.MlpWidth, tower.ContextLength, tower.Activation, tower.NormEpsilon,
            tower.Layers - 1);

    public static TowerShape From(ClipConfig model, TowerKind tower) => tower == TowerKind.Text ? From(model.Text) : From(model.Vision);
}
