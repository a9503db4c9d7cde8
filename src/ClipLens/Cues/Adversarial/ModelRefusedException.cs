namespace ClipLens.Cues.Adversarial;

/// <summary>A model that was asked properly would not give a usable description or picture. The picture is left out; the work goes
/// on.</summary>
public sealed class ModelRefusedException : ClipLensException
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">What the model was asked for and why there is nothing, in one sentence.</param>
    /// <param name="exchanges">What was asked and answered.</param>
    public ModelRefusedException(string message, IReadOnlyList<ModelExchange>? exchanges = null) : base(message) => Exchanges = exchanges
        ?? [];

    /// <summary>What was asked and answered.</summary>
    public IReadOnlyList<ModelExchange> Exchanges { get; }
}
