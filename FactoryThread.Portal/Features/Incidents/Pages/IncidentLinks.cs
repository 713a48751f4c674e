namespace FactoryThread.Portal.Features.Incidents.Pages;

/// <summary>Addresses of the incidents' pages.</summary>
public static class IncidentLinks
{
    public const string Leaks = "/settings/leaks";

    public const string Gitleaks = "/settings/leaks/gitleaks.toml";

    public static string Incident(string keyId) => $"/settings/api-keys/{Uri.EscapeDataString(keyId)}/incident";

    public static string Report(string keyId, string format) => $"{Incident(keyId)}/report?format={format}";
}
