namespace ClipLens;

/// <summary>A setting that ClipLens cannot work with, alone or with the inputs at hand. Whoever has names of his own for settings can add
/// them to the message.</summary>
public class SettingException : ClipLensException
{
    /// <summary>Creates the error.</summary>
    /// <param name="setting">The property of the settings, such as <c>Top</c>.</param>
    /// <param name="message">One sentence that says what is wrong and what to do.</param>
    public SettingException(string setting, string message) : base(message) => Setting = setting;

    /// <summary>Creates the error with the failure behind it.</summary>
    /// <param name="setting">The property of the settings, such as <c>Top</c>.</param>
    /// <param name="message">One sentence that says what is wrong and what to do.</param>
    /// <param name="inner">The failure.</param>
    public SettingException(string setting, string message, Exception inner) : base(message, inner) => Setting = setting;

    /// <summary>The property of the settings that is to be changed.</summary>
    public string Setting { get; }
}
