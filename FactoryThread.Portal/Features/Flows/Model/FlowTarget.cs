namespace FactoryThread.Portal.Features.Flows.Model;

/// <summary>Where a call of a flow goes: the built-in echo (both null), or an HTTP address.</summary>
/// <param name="Address">An absolute http(s) address; or, with a connection, a path relative to its base address.</param>
/// <param name="ConnectionId">The connection that holds base address and secret headers; null for a plain address.</param>
public sealed record FlowTarget(string? Address, string? ConnectionId)
{
    public const int MaxAddressLength = 2000;

    private const string EchoWord = "echo";

    /// <summary>Returns its input as its output.</summary>
    public static FlowTarget Echo { get; } = new(null, null);

    public bool IsEcho => Address is null && ConnectionId is null;

    /// <summary>The word <c>echo</c>, or an address (which the service checks).</summary>
    public static FlowTarget Of(string text) => text == EchoWord ? Echo : new FlowTarget(text, null);

    /// <summary>In words: <c>echo</c>, an address, or a path and its connection's id.</summary>
    public override string ToString() => IsEcho ? EchoWord : ConnectionId is null ? Address! : $"{ConnectionId}:{Address}";

    /// <summary>An absolute http or https address without user name, password and fragment.</summary>
    public static bool TryParseAddress(string? text, out Uri address)
        => Uri.TryCreate(text, UriKind.Absolute, out address!)
            && address.Scheme is "http" or "https"
            && address.Host.Length > 0
            && address.UserInfo.Length == 0
            && address.Fragment.Length == 0
            && text!.Length <= MaxAddressLength
            && !text.AsSpan().ContainsAnyInRange('\0', ' ');

    /// <summary>The address of a path below a base address; false if the path would leave it for another host or folder.</summary>
    /// <param name="baseAddress">Counts as a folder, with or without a slash at its end.</param>
    /// <param name="path">May have a query; a leading slash changes nothing. Empty or null: the base address itself.</param>
    public static bool TryCombine(string baseAddress, string? path, out Uri address)
    {
        address = null!;
        if (!TryParseAddress(baseAddress, out var root))
        {
            return false;
        }

        if (string.IsNullOrEmpty(path) || path == "/")
        {
            address = root;
            return true;
        }

        var folder = root.GetLeftPart(UriPartial.Path).TrimEnd('/') + "/";
        var relative = path[0] == '/' ? path[1..] : path;
        return relative is not ['/' or '\\', ..]
            && TryParseAddress(folder + relative, out address)
            && address.AbsoluteUri.StartsWith(folder, StringComparison.Ordinal)
            && !address.AbsolutePath.Contains("/..", StringComparison.Ordinal)
            && !relative.Contains("%2e", StringComparison.OrdinalIgnoreCase);
    }
}
