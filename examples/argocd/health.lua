-- Argo CD: the health of a PostgresDatabase, PostgresFollower or PostgresFork, from its conditions.
local health = {status = "Progressing", message = "Waiting for the operator"}
if obj.metadata.deletionTimestamp ~= nil then
  health.message = "Being deleted"
  return health
end
if obj.status == nil or obj.status.conditions == nil then
  return health
end
if obj.status.observedGeneration ~= nil and obj.status.observedGeneration ~= obj.metadata.generation then
  health.message = "The latest change has not been looked at yet"
  return health
end

local conditions = {}
for _, condition in ipairs(obj.status.conditions) do
  conditions[condition.type] = condition
end

local function says(type, status)
  local condition = conditions[type]
  if condition == nil or condition.status ~= status then
    return false
  end
  health.message = condition.reason .. ": " .. condition.message
  return true
end

-- Expired and Suspended are states of rest, and have no Ready condition.
if says("Stalled", "True") then
  health.status = "Degraded"
elseif says("Reconciling", "True") then
  health.status = "Progressing"
elseif says("Available", "False") then
  health.status = "Suspended"
elseif says("Ready", "True") then
  health.status = "Healthy"
end
return health
