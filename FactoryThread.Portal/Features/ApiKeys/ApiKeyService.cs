using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Platform;

namespace FactoryThread.Portal.Features.ApiKeys;

/// <summary>All that may be done to keys; the screens, the management API and the verbs call it, and it writes the audit record.</summary>
public sealed class ApiKeyService
{
    public Task<Result<RevealedKey>> CreateAsync(NewApiKey wish, Caller caller, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<Result<ApiKeyDetails>> GetAsync(string id, Caller caller, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<Page<ApiKeySummary>> ListAsync(ApiKeyQuery query, Caller caller, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Finds the key of a whole pasted value by its hash; null if there is none.</summary>
    public Task<ApiKeySummary?> FindByTokenAsync(ApiKeyToken token, Caller caller, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<Result<ApiKeyDetails>> UpdateAsync(string id, ApiKeySettings settings, Caller caller, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<Result<RevealedKey>> RegenerateAsync(string id, Caller caller, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<Result<Revocation>> RevokeAsync(string id, string? reason, Caller caller, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<Result<ApiKeyDetails>> DeleteAsync(string id, Caller caller, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Notes where the value is kept ("Stored in").</summary>
    public Task<Result<ApiKeyDetails>> NoteStorageAsync(string id, string? place, Caller caller, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Another key that is not deleted has this name.</summary>
    public Task<bool> NameExistsAsync(string name, string? exceptId, CancellationToken cancellationToken) => throw new NotImplementedException();
}
