namespace FactoryThread.Portal.Features.Usage.Store;

/// <summary>Writes the requests that started an execution to the table of executions too, row by row in the order of their answers.</summary>
internal sealed class ExecutionWriter(NativeDatabase portal)
{
    private readonly NativeStatement _insert = portal.Prepare("""
        INSERT INTO Executions (At, SecretId, DurationMicros, Status, Outcome, Counted, Test,
            KeyId, FlowId, Route, Code, Address, UserAgent, RequestId, ExecutionId, Error)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
        """);

    public void Add(RequestRecordFormat.Entry entry)
    {
        if (entry.Named().ExecutionId.IsEmpty)
        {
            return;
        }

        _insert.Bind(1, entry.At).Bind(2, entry.SecretId).Bind(3, entry.DurationMicros).Bind(4, entry.Status)
            .Bind(5, (int)entry.Outcome).Bind(6, entry.Counted ? 1 : 0).Bind(7, entry.Test ? 1 : 0);
        var texts = entry.Texts;
        for (var parameter = 8; parameter <= 16; parameter++)
        {
            var text = texts.Next(out var isNull);
            _insert.BindIfChanged(parameter, text, isNull);
        }

        _insert.Run();
    }
}
