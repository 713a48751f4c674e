using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace FactoryThread.Portal.Platform;

/// <summary>What callers need could not be read or written because the store is failing; the answer is 503.</summary>
public class StoreUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Tells a failing store from a fault in the code.</summary>
public static class StoreFault
{
    // A statement that breaks a constraint, or is itself wrong, says nothing about the store.
    private const int SqliteConstraint = 19;
    private const int SqliteMismatch = 20;
    private const int SqliteMisuse = 21;
    private const int SqliteRange = 25;

    /// <summary>The exception, or one inside it, comes from a database that is locked, full, damaged, missing or unreachable.</summary>
    public static bool Is(Exception exception)
    {
        for (var current = exception; current is not null; current = current.InnerException)
        {
            switch (current)
            {
                case StoreUnavailableException or InvalidDataException:
                    return true;
                case SqliteException sqlite:
                    return sqlite.SqliteErrorCode is not (SqliteConstraint or SqliteMismatch or SqliteMisuse or SqliteRange);
                case DbException database:
                    return database.IsTransient;
            }
        }

        return false;
    }
}
