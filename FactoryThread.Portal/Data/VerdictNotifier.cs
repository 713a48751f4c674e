using System.Data.Common;
using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace FactoryThread.Portal.Data;

/// <summary>
/// Tells <see cref="StoreVersionMonitor"/> of every change this process commits to what verdicts depend on, before the call that made it
/// returns. No feature can forget it.
/// </summary>
public sealed class VerdictNotifier(StoreVersionMonitor version) : ISaveChangesInterceptor, IDbTransactionInterceptor
{
    private readonly ConditionalWeakTable<DbContext, object> _affected = [];

    public InterceptionResult<int> SavingChanges(DbContextEventData eventData, InterceptionResult<int> result)
    {
        Note(eventData.Context);
        return result;
    }

    public ValueTask<InterceptionResult<int>> SavingChangesAsync(DbContextEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
    {
        Note(eventData.Context);
        return ValueTask.FromResult(result);
    }

    public int SavedChanges(SaveChangesCompletedEventData eventData, int result)
    {
        Notify(eventData.Context);
        return result;
    }

    public ValueTask<int> SavedChangesAsync(SaveChangesCompletedEventData eventData, int result, CancellationToken cancellationToken = default)
    {
        Notify(eventData.Context);
        return ValueTask.FromResult(result);
    }

    // After an error or a cancellation it may be unknown whether the commit happened.
    public void SaveChangesFailed(DbContextErrorEventData eventData) => Notify(eventData.Context);

    public Task SaveChangesFailedAsync(DbContextErrorEventData eventData, CancellationToken cancellationToken = default)
    {
        Notify(eventData.Context);
        return Task.CompletedTask;
    }

    public void SaveChangesCanceled(DbContextEventData eventData) => Notify(eventData.Context);

    public Task SaveChangesCanceledAsync(DbContextEventData eventData, CancellationToken cancellationToken = default)
    {
        Notify(eventData.Context);
        return Task.CompletedTask;
    }

    // Within a transaction of the caller's, the change is there only from its commit on.
    public void TransactionCommitted(DbTransaction transaction, TransactionEndEventData eventData) => version.Notify();

    public Task TransactionCommittedAsync(DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        version.Notify();
        return Task.CompletedTask;
    }

    public void TransactionFailed(DbTransaction transaction, TransactionErrorEventData eventData) => version.Notify();

    public Task TransactionFailedAsync(DbTransaction transaction, TransactionErrorEventData eventData, CancellationToken cancellationToken = default)
    {
        version.Notify();
        return Task.CompletedTask;
    }

    private void Note(DbContext? context)
    {
        if (context is not null && context.ChangeTracker.Entries().Any(
            e => e.State is EntityState.Added or EntityState.Modified or EntityState.Deleted && e.Metadata.AffectsVerdicts()))
        {
            _affected.AddOrUpdate(context, context);
        }
    }

    private void Notify(DbContext? context)
    {
        if (context is not null && _affected.Remove(context))
        {
            version.Notify();
        }
    }
}
