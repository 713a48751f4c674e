using FactoryThread.Portal.Features.Usage.Model;

namespace FactoryThread.Portal.Features.Usage.Store;

/// <summary>Goes through the keys of a scope that have rows in a table, by jumping from one to the next in its index.</summary>
internal sealed class KeyWalk(NativeDatabase database, string table, UsageScope scope)
{
    private readonly NativeStatement _next = database.Prepare($"SELECT min(KeyId) FROM {table} WHERE KeyId > ?1");
    private readonly NativeStatement _key = database.Prepare("SELECT Name, OwnerId FROM ApiKeys WHERE Id = ?1");

    /// <summary>Null before the first key and after the last.</summary>
    public UsageKey? Current { get; private set; }

    public bool MoveNext()
    {
        if (scope.KeyId is not null)
        {
            Current = Current is null ? new UsageKey(scope.KeyId, scope.Name) : null;
            return Current is not null;
        }

        var id = Current?.Id ?? "";
        do
        {
            id = Text(_next.Bind(1, id));
            Current = id is null ? null : Find(id);
        }
        while (id is not null && Current is null);
        return Current is not null;
    }

    /// <summary>The key; null if it is not in the scope.</summary>
    private UsageKey? Find(string id)
    {
        var exists = _key.Bind(1, id).Step();
        var (name, owner) = exists ? (Text(_key.Blob(0)), Text(_key.Blob(1))) : (null, null);
        _key.Reset();
        return scope.OwnerId is null || scope.OwnerId == owner ? new UsageKey(id, name) : null;
    }

    private static string? Text(NativeStatement only)
    {
        var text = only.Step() && !only.Blob(0).IsEmpty ? Text(only.Blob(0)) : null;
        only.Reset();
        return text;
    }

    private static string Text(ReadOnlySpan<byte> utf8) => System.Text.Encoding.UTF8.GetString(utf8);
}
