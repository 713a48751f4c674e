using System.Text;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Features.Usage.Store;

namespace FactoryThread.Portal.Tests.Features.Usage;

/// <summary>The log in a <c>portal.db</c>, from outside.</summary>
internal static class LogFile
{
    /// <summary>Every request, in the order of the ids.</summary>
    public static List<RequestLogEntry> Read(string portal)
    {
        using var connection = UsageRig.Open(portal);
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT Id, KeyId, Records FROM RequestSegments ORDER BY Id";
        using var segments = command.ExecuteReader();
        var log = new List<RequestLogEntry>();
        var buffer = Array.Empty<byte>();
        while (segments.Read())
        {
            var (id, key) = (segments.GetInt64(0), segments.GetString(1));
            var reader = new RequestRecordFormat.Reader(SegmentPacking.Unpack(segments.GetFieldValue<byte[]>(2), ref buffer));
            while (reader.TryRead(out var request))
            {
                log.Add(request.Show(id++, key));
            }
        }

        return log;
    }

    public static long Count(string portal) => UsageRig.Number(portal, "SELECT ifnull(sum(Rows), 0) FROM RequestSegments");

    /// <summary>Adds requests as the mover would in one slice, but for the roll-ups, behind those that are there.</summary>
    public static void Append(string portal, IEnumerable<RequestRecord> requests)
    {
        using var database = NativeDatabase.Open(portal, 5000);
        database.Execute("BEGIN IMMEDIATE");
        var writer = new SegmentWriter(database);
        var executions = new ExecutionWriter(database);
        var bytes = new byte[512];
        foreach (var request in requests)
        {
            var batch = new byte[1 + RequestRecordFormat.Write(request, ref bytes)];
            batch[0] = RequestRecordFormat.Version;
            bytes.AsSpan(0, batch.Length - 1).CopyTo(batch.AsSpan(1));
            var reader = new RequestRecordFormat.Reader(batch);
            Assert.True(reader.TryRead(out var entry));
            writer.Add(Encoding.UTF8.GetBytes(request.KeyId), entry);
            executions.Add(entry);
        }

        using var newest = database.Prepare("SELECT LogId FROM IntakeWatermark");
        using var advance = database.Prepare("UPDATE IntakeWatermark SET LogId = ?1");
        advance.Bind(1, writer.Write(newest.Scalar())).Run();
        database.Execute("COMMIT");
    }
}
