using FactoryThread.Portal.Data;

namespace FactoryThread.Portal.Features.Usage.Store;

/// <summary>How far the intake has been moved, as <c>portal.db</c> says.</summary>
internal static class PortalWatermark
{
    public const string Select = "SELECT BatchId FROM IntakeWatermark WHERE Id = 1";

    public static long Read(string databasePath)
    {
        using var portal = NativeDatabase.Open(databasePath, Sqlite.BusySeconds * 1000);
        using var select = portal.Prepare(Select);
        return select.Scalar();
    }
}
