namespace FactoryThread.Portal.Components.Shared;

/// <summary>What a status means to the reader; it picks the colour.</summary>
public enum Tone
{
    Ok,
    Warn,
    Bad,
    Off,
    Info,
    Accent,
}

/// <summary>The class of app.css that colours a tone.</summary>
public static class ToneClass
{
    public static string Of(Tone tone) => tone switch
    {
        Tone.Ok => "ok",
        Tone.Warn => "wa",
        Tone.Bad => "ba",
        Tone.Info => "fo",
        Tone.Accent => "ac",
        _ => "of",
    };
}
